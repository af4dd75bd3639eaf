/// What the machine can do at best, as calls to be timed beside the kernels.
public struct Limit: Sendable {
  /// Floating-point operations, elementary functions or bytes of one call.
  public let amount: Double
  /// One call.
  public let run: @Sendable () -> Void
}
