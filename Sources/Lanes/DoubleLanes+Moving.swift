import CSIMD

extension DoubleLanes {
  /// Every lane moved up by one, the lowest taken from the highest of `before`.
  @inlinable @inline(__always) public func movedUp(after before: DoubleLanes) -> DoubleLanes {
    #if ISA_V4
      csimd_moved_up_f64x8(before, self)
    #else
      csimd_moved_up_f64x4(before, self)
    #endif
  }
}
