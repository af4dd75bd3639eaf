import CSIMD

extension Lane {
  /// `DoubleLanes.scalarCount` numbers at `pointer`, which need not be aligned, as doubles.
  @inlinable @inline(__always) public static func loadDoubles(_ pointer: UnsafePointer<Self>) -> DoubleLanes {
    let raw = UnsafeRawPointer(pointer)
    if Self.self == Double.self { return raw.loadUnaligned(as: DoubleLanes.self) }
    #if ISA_V4
      return csimd_widen_f32x8(raw.loadUnaligned(as: SIMD8<Float>.self))
    #else
      return csimd_widen_f32x4(raw.loadUnaligned(as: SIMD4<Float>.self))
    #endif
  }

  /// Rounds doubles once and stores them at `pointer`, which need not be aligned.
  @inlinable @inline(__always) public static func storeDoubles(
    _ value: DoubleLanes, _ pointer: UnsafeMutablePointer<Self>
  ) {
    let raw = UnsafeMutableRawPointer(pointer)
    if Self.self == Double.self { return raw.storeBytes(of: value, as: DoubleLanes.self) }
    #if ISA_V4
      raw.storeBytes(of: csimd_narrow_f64x8(value), as: SIMD8<Float>.self)
    #else
      raw.storeBytes(of: csimd_narrow_f64x4(value), as: SIMD4<Float>.self)
    #endif
  }
}
