import KernelSpec
import Lanes

/// How a size is cut for vectors: channels of one group go side by side into lanes, as many as a vector has; time goes in blocks
/// that stay in the first-level cache while the states, one after the other or in pairs, run through them.
struct ScanPlan: Sendable {
  let B, D, L, N, G: Int
  let softplus, signed: Bool
  /// Lanes of a vector, channels of a group, and tiles that those fill.
  let width, channels, tiles: Int

  /// Steps of a block: vectors of 2 KB, so that the eight arrays through which the gradient takes a state leave room in a first-level
  /// cache of 32 KB.
  static let steps = 2048 / MemoryLayout<FloatLanes>.size

  init(_ size: Size, width: Int) {
    (B, D, L, N, G) = (size.B, size.D, size.L, size.N, size.G)
    softplus = size.flag("softplus")
    signed = size.choice("eigenvalues") == "signed"
    self.width = width
    channels = D / G
    tiles = (channels + width - 1) / width
  }

  /// Tiles of all batches and groups; each is scanned on its own, from the first step to the last.
  var units: Int { B * G * tiles }

  /// The units of one thread out of `threads`.
  func units(_ thread: Int, of threads: Int) -> Range<Int> {
    units * thread / threads..<units * (thread + 1) / threads
  }

  var blocks: Int { (L + Self.steps - 1) / Self.steps }

  /// Scalars of one value per lane and step of a block.
  var blockScalars: Int { Self.steps * width }

  /// Scalars that one thread needs for a forward scan.
  var forwardScalars: Int { (2 * N + 2) * width + 4 * blockScalars }

  func unit(_ index: Int) -> ScanUnit {
    let tile = index % tiles, g = index / tiles % G, b = index / tiles / G
    return ScanUnit(
      index: index, b: b, tile: tile, group: b * G + g, channel: g * channels + tile * width,
      count: min(width, channels - tile * width))
  }
}

/// The channels that one tile holds.
struct ScanUnit {
  let index, b, tile: Int
  /// Which of the `B · G` groups of rows of `B` and `C` it reads.
  let group: Int
  /// The first channel and how many there are. The lanes that are left repeat the last one.
  let channel, count: Int
}

/// How a state is multiplied in one step, given `dt A`.
protocol Multiplier {
  /// The multiplier where `|dt A|` is at most `quickReach`.
  associatedtype WithinReach: Multiplier
  /// Whether the derivative by `dt A` is not the multiplier itself.
  static var hasOwnSlope: Bool { get }
  /// The multiplier and its derivative by `dt A`.
  static func valueAndSlope<T: ElementaryLane>(_: T.Type, _ dtA: T.Lanes) -> (value: T.Lanes, slope: T.Lanes)
}

/// `e^(dt A)`.
enum PositiveMultiplier: Multiplier {
  @inline(__always) static var hasOwnSlope: Bool { false }

  @inline(__always)
  static func valueAndSlope<T: ElementaryLane>(_: T.Type, _ dtA: T.Lanes) -> (value: T.Lanes, slope: T.Lanes) {
    let value = T.quickExp(dtA)
    return (value, value)
  }

  /// `e^(dt A)` where that and its inverse are normal numbers.
  enum WithinReach: Multiplier {
    typealias WithinReach = Self

    @inline(__always) static var hasOwnSlope: Bool { false }

    @inline(__always)
    static func valueAndSlope<T: ElementaryLane>(_: T.Type, _ dtA: T.Lanes) -> (value: T.Lanes, slope: T.Lanes) {
      let value = T.quickExpWithinReach(dtA)
      return (value, value)
    }
  }
}

/// `2 e^(dt A) − 1`.
enum SignedMultiplier: Multiplier {
  @inline(__always) static var hasOwnSlope: Bool { true }

  @inline(__always)
  static func valueAndSlope<T: ElementaryLane>(_: T.Type, _ dtA: T.Lanes) -> (value: T.Lanes, slope: T.Lanes) {
    let twice = T.quickTwiceExp(dtA)
    return (twice.minusOne, twice.value)
  }

  /// `2 e^(dt A) − 1` where `e^(dt A)` and its inverse are normal numbers.
  enum WithinReach: Multiplier {
    typealias WithinReach = Self

    @inline(__always) static var hasOwnSlope: Bool { true }

    @inline(__always)
    static func valueAndSlope<T: ElementaryLane>(_: T.Type, _ dtA: T.Lanes) -> (value: T.Lanes, slope: T.Lanes) {
      let twice = T.quickTwiceExpWithinReach(dtA)
      return (twice.minusOne, twice.value)
    }
  }
}

/// The operands of a call.
struct ScanInputs<T: ElementaryLane> {
  let u, delta, A, B, C: UnsafePointer<T>
  let D, z, bias, x0: UnsafePointer<T>?

  init(_ arguments: borrowing Arguments<T>) {
    u = arguments.input("u")
    delta = arguments.input("delta")
    A = arguments.input("A")
    B = arguments.input("B")
    C = arguments.input("C")
    D = arguments.optionalInput("D")
    z = arguments.optionalInput("z")
    bias = arguments.optionalInput("bias")
    x0 = arguments.optionalInput("x0")
  }
}

/// Movement between rows, one per channel, and vectors, one per step.
enum Tile<T: ElementaryLane> {
  /// Asks for a block of a row to be fetched.
  @inline(__always) static func fetch(_ row: UnsafePointer<T>) {
    let line = 64 / MemoryLayout<T>.stride
    for l in Swift.stride(from: 0, to: ScanPlan.steps, by: line) { T.prefetch(row + l) }
  }

  /// Vectors of `steps` consecutive elements of `count` rows that are `stride` apart. Asks for as many elements at the
  /// distance `ahead` to be fetched: rows are far from each other, and a new block of each is met only now and then.
  static func gather(
    _ rows: UnsafePointer<T>, stride: Int, count: Int, steps: Int, ahead: Int, into lanes: UnsafeMutablePointer<T>
  ) {
    let width = T.width
    for row in 0..<count { fetch(rows + (row * stride + ahead)) }
    var l = 0
    while l + width <= steps {
      T.transpose(
        { row in T.load(rows + (min(row, count - 1) * stride + l)) },
        { step, v in T.store(v, lanes + (l + step) * width) })
      l += width
    }
    while l < steps {
      for lane in 0..<width { lanes[l * width + lane] = rows[min(lane, count - 1) * stride + l] }
      l += 1
    }
  }

  /// The way back; the lanes that repeat are dropped.
  static func scatter(
    _ lanes: UnsafePointer<T>, to rows: UnsafeMutablePointer<T>, stride: Int, count: Int, steps: Int
  ) {
    let width = T.width
    var l = 0
    while l + width <= steps {
      T.transpose(
        { step in T.load(lanes + (l + step) * width) },
        { row, v in if row < count { T.store(v, rows + (row * stride + l)) } })
      l += width
    }
    while l < steps {
      for lane in 0..<count { rows[lane * stride + l] = lanes[l * width + lane] }
      l += 1
    }
  }

  /// One scalar per channel, or `fallback` where there is no operand.
  static func vector(_ scalars: UnsafePointer<T>?, count: Int, or fallback: T = 0) -> T.Lanes {
    var lanes = T.Lanes(repeating: fallback)
    if let scalars {
      for lane in 0..<T.width { lanes[lane] = scalars[min(lane, count - 1)] }
    }
    return lanes
  }

  /// 1 in the lanes of channels, 0 in those that repeat.
  static func mask(count: Int) -> T.Lanes {
    var lanes = T.Lanes(repeating: 0)
    for lane in 0..<count { lanes[lane] = 1 }
    return lanes
  }
}
