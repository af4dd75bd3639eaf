import KernelSpec
import Numerics
import Tensors

/// A small kernel to test the harness on: `y_l = a y_{l−1} + u_l` along each row, from `x0` if given; `x` is the last state.
///
/// It is defined here so that what the harness does is tested without any kernel of the suite.
enum RunningMean: DifferentiableKernel {
  static let name = "test.mean"
  static let summary = "a leaky sum"
  static let signature = Signature(
    extents: ["B", "L"],
    inputs: [.real("a", "B", draw: .uniform(0.5, 1)), .real("u", "B", "L"), .real("x0", "B", optional: true)],
    outputs: [.real("y", "B", "L"), .real("x", "B")], independent: ["B"])
  static let laws: [Law] = [
    .linear(["u", "x0"]), .permutation("B"), .causal("L"), .split("L", initial: "x0", final: "x"),
  ]
  static func work(_ size: Size, _ pass: Pass) -> Work { Work(flops: Double(2 * size.B * size.L), scalars: 1) }
  static let sweep: [Size] = []

  static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    let a = inputs.real("a"), u = inputs.real("u"), x0 = inputs.optionalReal("x0")
    var y = Tensor<T>(repeating: 0, shape: [size.B, size.L])
    var x = Tensor<T>(repeating: 0, shape: [size.B])
    for b in 0..<size.B {
      x[b] = x0?[b] ?? 0
      for l in 0..<size.L {
        x[b] = a[b] * x[b] + u[b, l]
        y[b, l] = x[b]
      }
    }
    return Operands(["y": .real(y), "x": .real(x)])
  }

  static func gradient<T: Scalar>(
    _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size
  ) -> Operands<T> {
    let a = inputs.real("a"), x0 = inputs.optionalReal("x0"), y = reference(inputs, size).real("y")
    let gy = cotangents.real("y"), gx = cotangents.real("x")
    var gradA = Tensor<T>(repeating: 0, shape: [size.B]), gradU = Tensor<T>(repeating: 0, shape: [size.B, size.L])
    var gradX0 = gradA
    for b in 0..<size.B {
      var adjoint = gx[b]
      for l in (0..<size.L).reversed() {
        adjoint += gy[b, l]
        gradU[b, l] = adjoint
        gradA[b] += adjoint * (l > 0 ? y[b, l - 1] : x0?[b] ?? 0)
        adjoint *= a[b]
      }
      gradX0[b] = adjoint
    }
    var result = Operands<T>(["a": .real(gradA), "u": .real(gradU)])
    if x0 != nil { result["x0"] = .real(gradX0) }
    return result
  }

  static var variants: [Variant] { [right, rightGradient] }

  /// A correct variant.
  static let right = variant("right") { _, _, _, _ in }

  static let rightGradient = gradientVariant("right") { _, _ in }

  /// The forward pass, after which `spoil` may do harm: to (inputs u, y, x, size).
  static func variant(
    _ name: String, threads: Int = 1,
    _ spoil:
      @escaping @Sendable (
        UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, Size
      ) -> Void
  ) -> Variant {
    Variant(
      .forward, name, threads: threads, idea: "a test", workspace: { _ in 0 },
      prepare: .float({ size in
        { arguments in
          let a = arguments.input("a"), u = arguments.input("u"), x0 = arguments.optionalInput("x0")
          let y = arguments.output("y"), x = arguments.output("x")
          for b in 0..<size.B {
            x[b] = x0?[b] ?? 0
            for l in 0..<size.L {
              x[b] = a[b] * x[b] + u[b * size.L + l]
              y[b * size.L + l] = x[b]
            }
          }
          spoil(UnsafeMutablePointer(mutating: u), y, x, size)
        }
      }))
  }

  /// The gradient pass by the reference, after which `spoil` may do harm to it.
  static func gradientVariant(
    _ name: String, _ spoil: @escaping @Sendable (inout Operands<Double>, Size) -> Void
  ) -> Variant {
    Variant(
      .gradient, name, idea: "a test", workspace: { _ in 0 },
      prepare: .double({ size in
        { arguments in
          func tensor(_ pointer: UnsafePointer<Double>, _ shape: [Int]) -> Operand<Double> {
            .real(
              Tensor(shape: shape, elements: Array(UnsafeBufferPointer(start: pointer, count: shape.reduce(1, *)))))
          }
          var inputs = Operands([
            "a": tensor(arguments.input("a"), [size.B]), "u": tensor(arguments.input("u"), [size.B, size.L]),
          ])
          if let x0 = arguments.optionalInput("x0") { inputs["x0"] = tensor(x0, [size.B]) }
          let cotangents = Operands([
            "y": tensor(arguments.cotangent("y"), [size.B, size.L]), "x": tensor(arguments.cotangent("x"), [size.B]),
          ])
          var result = gradient(inputs, cotangents, size)
          spoil(&result, size)
          for name in result.names {
            let scalars = result[name]!.scalars
            arguments.gradient(name).update(from: scalars, count: scalars.count)
          }
        }
      }))
  }
}
