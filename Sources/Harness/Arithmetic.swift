import CPlatform

/// Ways for the processor to compute, other than IEEE 754's default.
enum Arithmetic: Int32, CaseIterable {
  case roundingDown = 1
  case roundingUp = 2
  case roundingTowardsZero = 3
  /// Subnormal operands and results are zero.
  case flushing = 4

  /// The three that round in one direction.
  static let directed: [Arithmetic] = [.roundingDown, .roundingUp, .roundingTowardsZero]

  /// Calls a function whose arithmetic in 32 and 64 bits is this, on the calling thread only; nil where the processor has no such mode.
  func callAsFunction<Result>(_ body: () -> Result) -> Result? {
    guard cplatform_set_arithmetic(rawValue) == 0 else { return nil }
    defer { cplatform_set_arithmetic(0) }
    return body()
  }

  /// What a function gives, and whether its arithmetic met subnormal numbers, which `flushing` would have made zero.
  static func watched<Result>(_ body: () -> Result) -> (result: Result, metSubnormals: Bool) {
    cplatform_forget_subnormals()
    let result = body()
    return (result, cplatform_met_subnormals() != 0)
  }
}
