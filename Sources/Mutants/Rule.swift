import Numerics

/// How a project decides whether a result is right.
public struct Rule: Sendable {
  /// What it is called here.
  public let name: String
  /// Where it is published.
  public let source: String
  /// Whether it takes `found` for `expected`, given what the plain definition makes of the same operands in the same precision.
  let accepts: @Sendable (_ found: [Float], _ expected: [Double], _ plain: [Float]) -> Bool

  /// Rules of other projects, each with its own formula and constants for single precision.
  ///
  /// Each is given the oracle as what is expected, which is kinder than the references that the projects use.
  public static let others: [Rule] = [
    close(
      "allclose 1e-2", absolute: 1e-2, relative: 1e-2,
      "KernelBench, first release: `torch.allclose(…, atol=1e-02, rtol=1e-02)` in `src/eval.py`"),
    close(
      "allclose 1e-4", absolute: 1e-4, relative: 1e-4,
      "KernelBench, now: tolerance of `fp32` in `src/kernelbench/eval.py`"),
    close(
      "allclose 2e-3", absolute: 2e-3, relative: 6e-4,
      "Mamba: `rtol, atol = (6e-4, 2e-3)` in `tests/ops/test_selective_scan.py`"),
    close(
      "assert_close", absolute: 1e-5, relative: 1.3e-6,
      "PyTorch: defaults of `torch.testing.assert_close` for `float32`, `torch/testing/_comparison.py`"),
    Rule(
      name: "RMS ratio 0.005",
      source: "flash-linear-attention: `assert_close(…, 0.005)`, `fla/utils/_testing.py`"
    ) { found, expected, _ in rootMeanSquareRatio(found, expected, escape: false) },
    Rule(
      name: "RMS ratio 0.005 in CI",
      source:
        "the same with `FLA_CI_ENV`, which only warns where the ratio is below 0.01 or the largest difference at most 0.3"
    ) { found, expected, _ in rootMeanSquareRatio(found, expected, escape: true) },
    meanSquare("NMSE 1e-7", 1e-7, "ggml: `max_nmse_err` by default, `tests/test-backend-ops.cpp`"),
    meanSquare(
      "NMSE 5e-4", 5e-4, "ggml: `max_nmse_err` of matrix products, convolutions and attention, the same file"),
    Rule(
      name: "llm.c", source: "llm.c: `validate_result` in `dev/cuda/common.h`, which a NaN passes"
    ) { found, expected, _ in
      !zip(found, expected).contains { found, expected in
        expected.isFinite && abs(expected - Double(found)) > 1e-4 + abs(expected) * Double(Float.ulpOfOne)
      }
    },
    Rule(
      name: "twice the plain error",
      source:
        "FlashAttention: at most twice the largest error of the plain implementation, `tests/test_flash_attn.py`"
    ) { found, expected, plain in
      largest(found, expected) <= 2 * largest(plain, expected)
    },
  ]

  private static func close(_ name: String, absolute: Double, relative: Double, _ source: String) -> Rule {
    Rule(name: name, source: source) { found, expected, _ in
      zip(found, expected).allSatisfy { abs(Double($0) - $1) <= absolute + relative * abs($1) }
    }
  }

  private static func meanSquare(_ name: String, _ limit: Double, _ source: String) -> Rule {
    Rule(name: name, source: source) { found, expected, _ in
      let errors = sum(zip(found, expected).map { ($1 - Double($0)) * ($1 - Double($0)) })
      let scale = sum(expected.map { $0 * $0 })
      return errors == 0 || errors / scale <= limit
    }
  }

  private static func rootMeanSquareRatio(_ found: [Float], _ expected: [Double], escape: Bool) -> Bool {
    let count = Double(expected.count)
    let error = (sum(zip(found, expected).map { ($1 - Double($0)) * ($1 - Double($0)) }) / count).squareRoot()
    let base = (sum(expected.map { $0 * $0 }) / count).squareRoot()
    let ratio = error / (base + 1e-8)
    let largest = largest(found, expected)
    if largest <= 1e-6 || (escape && (ratio < 0.01 || largest <= 0.3)) { return true }
    return ratio < 0.005
  }

  private static func sum(_ values: [Double]) -> Double { values.reduce(0, +) }

  /// The largest difference; not a number where one is not.
  private static func largest(_ found: [Float], _ expected: [Double]) -> Double {
    zip(found, expected).reduce(0) { largest, pair in
      let difference = abs(Double(pair.0) - pair.1)
      return difference.isNaN || largest.isNaN ? .nan : max(largest, difference)
    }
  }
}
