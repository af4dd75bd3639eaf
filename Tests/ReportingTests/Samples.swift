import Foundation
import Reporting

/// Small records that tests vary.
enum Samples {
  static let run = RunRecord(
    machine: .init(
      id: "amd-epyc-2-x86-64-v4", cpu: "AMD EPYC", cores: 2, memoryBytes: 8 << 30, os: "Debian GNU/Linux 12",
      isa: "x86-64-v4"),
    compiler: "Swift 6.3.1", commit: "0123456789ab", date: "2026-07-01T10:00:00Z", command: "hippodrome bench")

  static let verdict = VerdictRecord(
    kernel: "toy.sum", case: "L8.h5", origin: .fixture, variant: "lanes", pass: "forward", precision: "float",
    threads: 1, verdict: .pass, errors: [error("y", 0.25)], replay: "hippodrome verify toy.sum --case L8.h5",
    seconds: 0.5)

  static func error(_ operand: String, _ ratio: Double) -> OperandError {
    let deviation = Deviation(error: ratio * 4, bound: 4)
    return OperandError(operand: operand, global: deviation, row: deviation, element: deviation)
  }

  /// A measurement whose samples surround `seconds`.
  static func measurement(
    _ variant: String = "lanes", L: Int = 8, N: Int = 2, seconds: Double = 1e-6, date: String = run.date
  ) -> MeasurementRecord {
    MeasurementRecord(
      kernel: "toy.sum", variant: variant, idea: "sums in lanes", pass: "forward", precision: "float", threads: 1,
      size: "N\(N)-L\(L)", extents: ["N": N, "L": L], verdict: .pass, verified: "oracle",
      worst: ErrorRatios(global: 0.25, row: 0.5, element: 0.125),
      samples: [0.99, 1, 1.01, 1, 0.98, 1.02, 1].map { $0 * seconds }, callsPerSample: 10, workspaceBytes: 1024,
      workspaceClaimed: 1024, peakBytes: 12 << 20, operandBytes: 4 * (N * L + N),
      work: .init(flops: 100 * Double(N * L), transcendentals: 0, scalars: Double(N * L)), peakFlops: 10e9, date: date
    )
  }

  /// A limit whose best sample, not its median, gives `rate`.
  static func limit(
    _ name: String, _ rate: Double, precision: String? = nil, threads: Int = 1, level: String? = nil,
    bytes: Int? = nil, capacity: Int? = nil
  ) -> LimitRecord {
    LimitRecord(
      name: name, precision: precision, threads: threads, level: level, bytes: bytes, capacity: capacity,
      amount: rate / 1000, samples: [0.0011, 0.001, 0.0012], date: run.date)
  }

  /// 100 GFLOP/s and 1 G exponentials/s, 50 GB/s in a level of 1 KiB and 10 GB/s beyond.
  static let machine = [
    limit("multiply-add", 100e9, precision: "float"), limit("exp", 1e9, precision: "float"),
    limit("copy", 50e9, level: "L1", bytes: 768, capacity: 1024),
    limit("read", 10e9, level: "memory", bytes: 1 << 20),
  ]

  /// A reference and a variant along L.
  static var pair: [MeasurementRecord] {
    [8, 16, 32].flatMap { L in
      [measurement("reference", L: L, seconds: 1e-6 * Double(L)), measurement(L: L, seconds: 1e-7)]
    }
  }

  /// The records of a run.
  static func records(_ measurements: [MeasurementRecord], _ limits: [LimitRecord] = []) -> [Record] {
    [.run(run)] + limits.map(Record.limit) + measurements.map(Record.measurement)
  }

  /// A fresh path in a temporary folder, which is removed when the tests end.
  static func scratch(_ name: String = "records.jsonl") -> URL {
    folder.appending(path: "\(UUID().uuidString)/a/\(name)")
  }

  private static let folder: URL = {
    atexit { try? FileManager.default.removeItem(at: Samples.folder) }
    return FileManager.default.temporaryDirectory.appending(path: "reporting-\(UUID().uuidString)")
  }()
}
