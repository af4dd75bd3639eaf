import CSIMD
import Numerics
import Tensors

#if ISA_V4
  /// The vector of 32-bit floats that the machine works on best.
  public typealias FloatLanes = SIMD16<Float>
  /// The vector of 64-bit floats that the machine works on best.
  public typealias DoubleLanes = SIMD8<Double>
#else
  /// The vector of 32-bit floats that the machine works on best.
  public typealias FloatLanes = SIMD8<Float>
  /// The vector of 64-bit floats that the machine works on best.
  public typealias DoubleLanes = SIMD4<Double>
#endif

/// A precision in which variants compute, with its vector. Variants are written once, generic over it.
public protocol Lane: Scalar, SIMDScalar, Codable {
  /// The vector: as many lanes as the machine's registers hold.
  associatedtype Lanes: SIMD where Lanes.Scalar == Self
  /// `a * b + c`, fused where the machine can.
  static func multiplyAdd(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes
  /// The smaller of each pair of lanes.
  static func minimum(_ a: Lanes, _ b: Lanes) -> Lanes
  /// The larger of each pair of lanes.
  static func maximum(_ a: Lanes, _ b: Lanes) -> Lanes
  /// Whether every lane lies between `−bound` and `bound`; false where one is no number.
  static func isWithin(_ a: Lanes, _ bound: Lanes) -> Bool
}

#if ISA_V4
  extension Float: Lane {
    public typealias Lanes = FloatLanes
    @inlinable @inline(__always) public static func multiplyAdd(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes {
      csimd_multiply_add_f32x16(a, b, c)
    }
    @inlinable @inline(__always) public static func minimum(_ a: Lanes, _ b: Lanes) -> Lanes {
      csimd_minimum_f32x16(a, b)
    }
    @inlinable @inline(__always) public static func maximum(_ a: Lanes, _ b: Lanes) -> Lanes {
      csimd_maximum_f32x16(a, b)
    }
    @inlinable @inline(__always) public static func isWithin(_ a: Lanes, _ bound: Lanes) -> Bool {
      csimd_within_f32x16(a, bound)
    }
  }

  extension Double: Lane {
    public typealias Lanes = DoubleLanes
    @inlinable @inline(__always) public static func multiplyAdd(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes {
      csimd_multiply_add_f64x8(a, b, c)
    }
    @inlinable @inline(__always) public static func minimum(_ a: Lanes, _ b: Lanes) -> Lanes {
      csimd_minimum_f64x8(a, b)
    }
    @inlinable @inline(__always) public static func maximum(_ a: Lanes, _ b: Lanes) -> Lanes {
      csimd_maximum_f64x8(a, b)
    }
    @inlinable @inline(__always) public static func isWithin(_ a: Lanes, _ bound: Lanes) -> Bool {
      csimd_within_f64x8(a, bound)
    }
  }
#else
  extension Float: Lane {
    public typealias Lanes = FloatLanes
    @inlinable @inline(__always) public static func multiplyAdd(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes {
      csimd_multiply_add_f32x8(a, b, c)
    }
    @inlinable @inline(__always) public static func minimum(_ a: Lanes, _ b: Lanes) -> Lanes {
      csimd_minimum_f32x8(a, b)
    }
    @inlinable @inline(__always) public static func maximum(_ a: Lanes, _ b: Lanes) -> Lanes {
      csimd_maximum_f32x8(a, b)
    }
    @inlinable @inline(__always) public static func isWithin(_ a: Lanes, _ bound: Lanes) -> Bool {
      csimd_within_f32x8(a, bound)
    }
  }

  extension Double: Lane {
    public typealias Lanes = DoubleLanes
    @inlinable @inline(__always) public static func multiplyAdd(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes {
      csimd_multiply_add_f64x4(a, b, c)
    }
    @inlinable @inline(__always) public static func minimum(_ a: Lanes, _ b: Lanes) -> Lanes {
      csimd_minimum_f64x4(a, b)
    }
    @inlinable @inline(__always) public static func maximum(_ a: Lanes, _ b: Lanes) -> Lanes {
      csimd_maximum_f64x4(a, b)
    }
    @inlinable @inline(__always) public static func isWithin(_ a: Lanes, _ bound: Lanes) -> Bool {
      csimd_within_f64x4(a, bound)
    }
  }
#endif

extension Lane {
  /// How many lanes the vector has.
  @inlinable @inline(__always) public static var width: Int { Lanes.scalarCount }

  /// The vector at `pointer`, which need not be aligned.
  @inlinable @inline(__always) public static func load(_ pointer: UnsafePointer<Self>) -> Lanes {
    UnsafeRawPointer(pointer).loadUnaligned(as: Lanes.self)
  }

  /// Stores a vector at `pointer`, which need not be aligned.
  @inlinable @inline(__always) public static func store(_ value: Lanes, _ pointer: UnsafeMutablePointer<Self>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: value, as: Lanes.self)
  }
}

/// The instruction set that the kernels were compiled for, as reports name it.
public var instructionSet: String {
  #if ISA_V4
    "x86-64-v4"
  #elseif ISA_V3
    "x86-64-v3"
  #elseif arch(x86_64)
    "x86-64"
  #else
    "arm64"
  #endif
}
