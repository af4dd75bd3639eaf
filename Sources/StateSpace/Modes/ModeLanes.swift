import Lanes
import Numerics
import Tensors

/// The modes of one head in lanes: a group is as many as a vector of doubles holds. Lanes beyond the last mode are zero.
struct ModeLanes<T: ModeLane> {
  /// How many modes and groups there are.
  let modes, groups: Int
  private let memory: UnsafeMutablePointer<ComplexLanes>

  static func groups(_ modes: Int) -> Int { (modes + Double.width - 1) / Double.width }

  /// Modes whose operands are kept in `memory`, which holds `columns` times `groups`.
  init(modes: Int, columns: Int, memory: UnsafeMutablePointer<ComplexLanes>) {
    self.modes = modes
    groups = Self.groups(modes)
    self.memory = memory
    memory.update(repeating: ComplexLanes(0), count: columns * groups)
  }

  /// An operand, by group.
  @inline(__always) subscript(_ column: Int) -> UnsafeMutablePointer<ComplexLanes> { memory + column * groups }

  /// How many modes the group has.
  @inline(__always) func count(_ group: Int) -> Int { min(Double.width, modes - group * Double.width) }

  /// The number of one mode, in every lane.
  @inline(__always) func broadcast(_ lanes: UnsafePointer<ComplexLanes>, _ mode: Int) -> ComplexLanes {
    let scalars =
      UnsafeRawPointer(lanes + mode / Double.width).assumingMemoryBound(to: Double.self) + mode % Double.width
    return ComplexLanes(DoubleLanes(repeating: scalars[0]), DoubleLanes(repeating: scalars[Double.width]))
  }

  /// The number of one mode.
  @inline(__always) func scalar(_ lanes: UnsafePointer<ComplexLanes>, _ mode: Int) -> Complex<Double> {
    let scalars =
      UnsafeRawPointer(lanes + mode / Double.width).assumingMemoryBound(to: Double.self) + mode % Double.width
    return Complex(scalars[0], scalars[Double.width])
  }

  /// Sets the number of one mode.
  @inline(__always) func set(_ lanes: UnsafeMutablePointer<ComplexLanes>, _ mode: Int, _ value: Complex<Double>) {
    let scalars = UnsafeMutableRawPointer(lanes + mode / Double.width).assumingMemoryBound(to: Double.self)
    scalars[mode % Double.width] = value.real
    scalars[mode % Double.width + Double.width] = value.imaginary
  }

  /// Writes the first `count` powers of a group's poles, for each mode `stride` real parts and then `stride` imaginary parts, to its
  /// place in `table`; returns the next power.
  @inline(__always)
  func powers(
    _ pole: T.Powers, count: Int, stride: Int, _ group: Int, _ table: UnsafeMutablePointer<Double>
  ) -> T.Powers {
    let rows = table + group * Double.width * 2 * stride
    return pole.forEachPower(count) { t, value in
      for lane in 0..<Double.width {
        rows[2 * lane * stride + t] = value.real[lane]
        rows[(2 * lane + 1) * stride + t] = value.imaginary[lane]
      }
    }
  }

  /// Spreads head `h` of a complex operand over lanes.
  @inline(__always) func spread(_ operand: UnsafePointer<T>, _ h: Int, to column: Int) {
    let pairs = operand + 2 * h * modes
    let scalars = UnsafeMutableRawPointer(self[column]).assumingMemoryBound(to: Double.self)
    for m in 0..<modes {
      let at = m / Double.width * 2 * Double.width + m % Double.width
      scalars[at] = Double(pairs[2 * m])
      scalars[at + Double.width] = Double(pairs[2 * m + 1])
    }
  }

  /// Spreads head `h` of a real operand over lanes.
  @inline(__always) func spreadReal(_ operand: UnsafePointer<T>, _ h: Int, to column: Int) {
    let scalars = UnsafeMutableRawPointer(self[column]).assumingMemoryBound(to: Double.self)
    for m in 0..<modes {
      scalars[m / Double.width * 2 * Double.width + m % Double.width] = Double(operand[h * modes + m])
    }
  }

  /// Collects real parts to head `h` of a real result.
  @inline(__always)
  func collectReal(_ lanes: UnsafePointer<ComplexLanes>, _ result: UnsafeMutablePointer<T>, _ h: Int) {
    let scalars = UnsafeRawPointer(lanes).assumingMemoryBound(to: Double.self)
    for m in 0..<modes {
      result[h * modes + m] = T(scalars[m / Double.width * 2 * Double.width + m % Double.width])
    }
  }

  /// Collects lanes to head `h` of a complex result.
  @inline(__always)
  func collect(_ lanes: UnsafePointer<ComplexLanes>, _ result: UnsafeMutablePointer<T>, _ h: Int) {
    let pairs = result + 2 * h * modes
    let scalars = UnsafeRawPointer(lanes).assumingMemoryBound(to: Double.self)
    for m in 0..<modes {
      let at = m / Double.width * 2 * Double.width + m % Double.width
      pairs[2 * m] = T(scalars[at])
      pairs[2 * m + 1] = T(scalars[at + Double.width])
    }
  }
}
