import Foundation

extension Process {
  /// Ends the process, and what it started: a grandchild that lives on would hold up the wait for the child.
  func endGroup() {
    // Foundation makes the child lead a process group on Linux; elsewhere it may not.
    kill(-processIdentifier, SIGKILL)
    guard isRunning else { return }
    kill(processIdentifier, SIGKILL)
    // `waitUntilExit` looks twenty times a second: too seldom for who starts four children a second.
    let deadline = ContinuousClock.now + .seconds(5)
    while isRunning, ContinuousClock.now < deadline { usleep(200) }
  }
}
