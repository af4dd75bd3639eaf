import Foundation

/// The path of this executable, to start child processes with.
func executablePath() -> String {
  (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
}

/// Timing a debug build would measure the build.
func refuseDebugBuild() throws {
  #if DEBUG
    throw Failure.misuse("this is a debug build, which is not measured; build with: swift build -c release")
  #endif
}

/// Tells this executable from others: 16 hexadecimal digits from its bytes, by FNV-1a over words of 64 bits.
func buildFingerprint() throws -> String {
  guard let data = try? Data(contentsOf: URL(filePath: executablePath()), options: .alwaysMapped) else {
    throw Failure.misuse("\(executablePath()): cannot be read")
  }
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  data.withUnsafeBytes { bytes in
    for offset in stride(from: 0, to: bytes.count - 7, by: 8) {
      hash = (hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x100_0000_01B3
    }
  }
  let digits = String(hash, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

/// Ends this process when its parent has ended, also in the middle of a long call: a driver that is killed cannot do it.
///
/// The driver's end closes this process's standard input, which a thread waits for; but one that still has a parent goes on, since input
/// also ends where requests come from a file or another command.
func endWithParent() {
  let parent = getppid()
  Thread.detachNewThread {
    var input = pollfd(fd: STDIN_FILENO, events: 0, revents: 0)
    while poll(&input, 1, -1) <= 0 {}
    while getppid() == parent { usleep(100_000) }
    _exit(1)
  }
}
