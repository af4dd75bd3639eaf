import Foundation
import Platform
import Testing

/// Whoever kills the guardian of a process's children does not end the children that start afterwards.
@Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/stat")))
func childrenStartWithoutAGuardian() throws {
  _ = try ChildProcess.run(["/bin/true"])
  let parent = ProcessInfo.processInfo.processIdentifier
  let guardians = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter {
    let status = (try? String(contentsOfFile: "/proc/\($0)/stat", encoding: .utf8)) ?? ""
    let command = (try? String(contentsOfFile: "/proc/\($0)/cmdline", encoding: .utf8)) ?? ""
    return status.split(separator: ")").last?.split(separator: " ").dropFirst().first == "\(parent)"
      && command.contains("read -r sign group")
  }
  #expect(guardians.count == 1)
  for guardian in guardians {
    kill(guardian, SIGKILL)
    while waitpid(guardian, nil, 0) < 0, errno == EINTR {}
  }
  for _ in 0..<20 { #expect(try ChildProcess.run(["/bin/true"]).ending == .exit(0)) }
}
