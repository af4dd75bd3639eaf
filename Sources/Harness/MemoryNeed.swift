import Foundation
import KernelSpec

/// What a race at one size needs of memory at least, known before anything is allocated.
public struct MemoryNeed: Sendable {
  private let inputs, outputs: Double

  /// The need of a kernel at a size.
  public init(_ signature: Signature, _ size: Size) {
    func scalars(_ specs: [OperandSpec]) -> Double {
      specs.map { spec in
        signature.shape(spec, size).reduce(spec.isComplex ? 2.0 : 1.0) { $0 * Double($1) }
      }.reduce(0, +)
    }
    (inputs, outputs) = (scalars(signature.inputs(size)), scalars(signature.outputs))
  }

  /// About the bytes of the driver, which judges: operands and results in 64 bits as case files have them, in the variant's precision
  /// and in the oracle's. Seen: 22 a scalar where a part of the rows is judged by the oracle, 35 to 60 where all are.
  public var driver: Double { (inputs + outputs) * 32 }

  /// Bytes of a contender: operands as it was given them, a guarded copy of them, the results, and the workspace that it states.
  public func contender(_ variant: Variant, _ size: Size) -> Double {
    (variant.precision == .float ? 4 : 8) * (2 * inputs + outputs) + Double(variant.workspace(size))
  }

  /// Why the driver cannot measure anything at this size on this machine; nil where it can.
  public var refusal: String? {
    Self.excess("about", driver, Double(ProcessInfo.processInfo.physicalMemory), "this machine's")
  }

  /// Why a contender cannot be measured within a limit; nil where it may.
  public func refusal(of variant: Variant, _ size: Size, limit: Int) -> String? {
    Self.excess("at least", contender(variant, size), Double(limit), "the limit of")
  }

  private static func excess(_ how: String, _ need: Double, _ limit: Double, _ whose: String) -> String? {
    func gigabytes(_ bytes: Double) -> String {
      "\((bytes / 1e9).formatted(.number.precision(.significantDigits(3)))) GB"
    }
    return need > limit ? "needs \(how) \(gigabytes(need)) of memory, more than \(whose) \(gigabytes(limit))" : nil
  }
}

extension RaceResult {
  /// The result of a contender that is not started; why.
  public static func refused(
    _ name: String, _ pass: Pass, _ precision: Precision, threads: Int, _ reason: String
  ) -> RaceResult {
    RaceResult(
      variant: name, pass: pass, precision: precision, threads: threads, outcome: .refused(reason), means: "nothing")
  }
}
