import Fixtures
import Foundation
import Reporting

/// The version of the command: of its arguments, exit codes and files.
let version = "0.1.0"

/// What `--version` prints: the version, and what tells this build from others of it.
func versionText() throws -> String {
  #if DEBUG
    let configuration = "debug"
  #else
    let configuration = "release"
  #endif
  return """
    hippodrome \(version)
    build \(try buildFingerprint()), \(configuration), kernels for \(RunRecord.isa), HDF5 \(CaseFile.libraryVersion)
    \(executablePath())
    """
}
