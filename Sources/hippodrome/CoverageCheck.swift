import Fixtures
import Foundation
import Harness
import KernelSpec
import Reporting

/// `hippodrome list --check`: whether everything that kernels claim has been checked, and whether timed sizes can show what is wrong.
struct CoverageCheck {
  /// Prints a line for each gap.
  ///
  /// - Parameter records: files of records or folders of them with verdicts; where there are none, kernels are judged here, on small fixtures
  ///   and one seed of laws.
  /// - Throws: a failure with exit code 1 where there is a gap.
  static func run(_ kernels: [any Kernel.Type], records: [String], fixtures: String?, draws: Bool) throws {
    let stored = try records.isEmpty ? nil : verdicts(in: records)
    let files =
      try stored == nil ? CaseFinder(cases: [], fixtures: fixtures).paths(for: kernels) : (paths: [:], complaints: [])
    if let complaint = files.complaints.first { throw Failure.misuse(complaint) }
    var gaps: [String] = []
    for kernel in kernels {
      let found = try stored ?? judged(kernel, files.paths[kernel.name] ?? [])
      gaps += coverage(kernel).gaps(found)
    }
    let drawn = try draws ? DrawCheck(kernels) : nil
    gaps += drawn?.complaints ?? []
    for gap in gaps { say(gap) }
    drawn?.summary.forEach(say)
    let count = kernels.count == 1 ? "1 kernel" : "\(kernels.count) kernels"
    guard gaps.isEmpty else {
      say("\(gaps.count) gaps in \(count)")
      throw Failure(code: 1, line: nil)
    }
    let variants = kernels.reduce(0) { $0 + $1.variants.count }
    say("\(count), \(variants) variants: each ran on fixtures and on laws")
  }

  private static func verdicts(in places: [String]) throws -> [VerdictRecord] {
    do {
      let contents = try RecordStore.read(places.map { URL(fileURLWithPath: $0) })
      for warning in contents.warnings { complain("\(warning)") }
      let verdicts = contents.records.compactMap { if case .verdict(let line) = $0 { line } else { nil } }
      guard !verdicts.isEmpty else { throw Failure.misuse("\(places.joined(separator: ", ")): no verdicts") }
      return verdicts
    } catch let failure as RecordStore.Failure {
      throw Failure.misuse(failure.description)
    }
  }

  private static func coverage<K: Kernel>(_: K.Type) -> Coverage {
    Coverage(
      kernel: K.name, isDifferentiable: K.passes.contains(.gradient), laws: Verification<K>.laws,
      variants: K.variants.map {
        Coverage.Variant(
          name: $0.name, pass: $0.pass.rawValue, precision: $0.precision.rawValue, threads: $0.threads)
      })
  }

  private static func judged<K: Kernel>(_: K.Type, _ files: [String]) throws -> [VerdictRecord] {
    var verdicts: [VerdictRecord] = []
    let verification = Verification(K.self) { verdicts.append(VerdictRecord($0)) }
    for path in files {
      let item = try Case(contentsOf: path, signature: K.signature)
      if K.referenceWork(item.size, .forward).isSmall { verification.check(item) }
    }
    verification.checkLaws(seeds: 0..<1)
    return verdicts
  }
}

extension Work {
  /// Whether the reference takes milliseconds in any precision.
  fileprivate var isSmall: Bool { flops + 100 * transcendentals < 2e6 }
}
