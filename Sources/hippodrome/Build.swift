import Fixtures
import Foundation
import Harness
import KernelSpec
import Platform
import Reporting

/// A build of the command, found and seen to serve the contender protocol.
struct Build {
  /// What starts a contender.
  let command: [String]
  private let executable: String

  init(_ path: String) throws {
    let folders = ["", "/hippodrome", "/release/hippodrome", "/.build/release/hippodrome"]
    var isFolder: ObjCBool = false
    let found = folders.map { path + $0 }.first {
      FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder) && !isFolder.boolValue
    }
    guard let found else {
      throw Failure.misuse("\(path): found no hippodrome executable, expected one or a folder that it was built in")
    }
    guard FileManager.default.isExecutableFile(atPath: found) else {
      throw Failure.misuse("\(found): cannot be executed, expected a hippodrome executable")
    }
    executable = URL(fileURLWithPath: found).path
    command = [executable, "contender"]
    var request = ContenderRequest()
    (request.limit, request.precision, request.threads) = ("multiply-add", Precision.float.rawValue, 1)
    do throws(Misfit) { _ = try ContenderProcess(command, timeout: 20).ask(request) } catch {
      throw Failure.misuse("\(found): does not serve the contender protocol: \(error)")
    }
  }

  /// The kernels whose code is the same in the newer build, with what says so. Says why where it cannot be compared.
  func kernelsSame(in newer: Build, _ kernels: [any Kernel.Type]) -> [String: String] {
    let (old, new) = (BuildCode(executable: executable), BuildCode(executable: newer.executable))
    let reasons = kernels.compactMap { kernel in old.reasonSame(as: new, kernel).map { (kernel.name, $0) } }
    if reasons.isEmpty, let obstacle = old.obstacle ?? new.obstacle {
      say("Rows whose code is the same are measured too: \(obstacle).")
    }
    return Dictionary(uniqueKeysWithValues: reasons)
  }

  /// The selected variants that this build has and the newer one lacks; none where a build does not list its variants.
  func variantsMissing(in newer: Build, kernels: [String], _ choice: Choice) -> [GateVerdict] {
    guard let old = catalog, let new = newer.catalog else { return [] }
    return old.filter { kernels.contains($0.key) }.sorted { $0.key < $1.key }.flatMap { kernel, variants in
      variants.filter { variant in !(new[kernel] ?? []).contains(variant) && variant.isSelected(by: choice) }
        .map { variant in
          GateVerdict(
            removed: variant.name, of: kernel, pass: variant.pass, precision: variant.precision,
            threads: variant.threads)
        }
    }
  }

  /// What `list --json` says of a variant.
  private struct Listed: Decodable, Equatable {
    let name, pass, precision: String
    let threads: Int

    func isSelected(by choice: Choice) -> Bool {
      func matches<Value: Equatable>(_ wanted: [Value], _ value: Value) -> Bool {
        wanted.isEmpty || wanted.contains(value)
      }
      return matches(choice.variant, name) && matches(choice.passes.map(\.rawValue), pass)
        && matches(choice.precision.map(\.rawValue), precision) && matches(choice.threads, threads)
    }
  }

  /// The variants of each kernel.
  private var catalog: [String: [Listed]]? {
    struct Entry: Decodable {
      let kernel: String
      let variants: [Listed]
    }
    guard let data = try? ChildProcess.run([executable, "list", "--json"]).output else { return nil }
    guard let entries = try? JSONDecoder().decode([Entry].self, from: data) else { return nil }
    return Dictionary(entries.map { ($0.kernel, $0.variants) }) { $0 + $1 }
  }
}
