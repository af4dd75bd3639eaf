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
