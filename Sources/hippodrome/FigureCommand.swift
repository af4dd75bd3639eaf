import ArgumentParser
import Catalog
import Foundation
import KernelSpec
import Platform
import Reporting
import Tensors

/// `hippodrome figure`
struct FigureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "figure", abstract: "Draws what kernels compute, for the documentation.",
    discussion: "hippo-reconstruction: a signal, and what HiPPO coefficients keep of it.")

  /// The figures.
  enum Figure: String, ExpressibleByArgument, CaseIterable {
    case hippoReconstruction = "hippo-reconstruction"

    var file: String { "\(rawValue).svg" }

    /// The family of kernels on whose page it is.
    var family: String {
      switch self {
      case .hippoReconstruction: "state-space"
      }
    }

    var caption: String {
      switch self {
      case .hippoReconstruction: "A signal, and what N coefficients of HiPPO's legs and legt keep of it."
      }
    }

    func plot() throws -> Plot {
      switch self {
      case .hippoReconstruction: try FigureCommand.reconstruction().plot(named: file)
      }
    }
  }

  @Argument(help: "The figure: \(Figure.allCases.map(\.rawValue).joined(separator: ", ")).")
  var figure: Figure

  @Option(help: "The folder to write to.")
  var output = "reports"

  func run() throws {
    try OutputFolder(output).check()
    do {
      try writeReport(try Gnuplot.svg(figure.plot()), figure.file, in: output)
    } catch let failure as Gnuplot.Failure {
      throw Failure.misuse(failure.description)
    }
  }

  /// A signal of waves, a jump and a bump, projected and reconstructed by legs and by legt with a window of its last half.
  fileprivate static func reconstruction() throws -> SignalPlot {
    let L = 1024, window = 512, sizes = [4, 16, 64]
    let signal = (0..<L).map { l -> Double in
      let x = Double(l) / Double(L - 1)
      let waves = sin(2 * .pi * (2 * x + 3 * x * x)), bump = 1.5 * exp(-pow((x - 0.78) / 0.03, 2))
      return (x < 0.3 ? 0.5 : 0) + 0.7 * waves + bump
    }
    func courses(_ suffix: String, _ measure: String, from first: Int) throws -> [SignalPlot.Course] {
      try sizes.map { N in
        let c = try result(
          "hippo.project", "B1-L\(L)-N\(N)\(suffix)", ["f": Tensor(shape: [1, L], elements: signal)])
        let last = Tensor(shape: [1, N], elements: Array(c.elements.suffix(N)))
        let values = try result("hippo.reconstruct", "B1-N\(N)-L\(L / 2)\(measure)", ["c": last]).elements
        let positions = values.indices.map { i in
          Double(first) + Double(i) / Double(L / 2 - 1) * Double(L - 1 - first)
        }
        return SignalPlot.Course(positions: positions, values: values)
      }
    }
    return SignalPlot(
      title: "What N coefficients keep of a signal",
      signal: SignalPlot.Course(positions: (0..<L).map(Double.init), values: signal),
      names: sizes.map { "N = \($0)" },
      panels: [
        SignalPlot.Panel(
          title: "legs", caption: "all of the past, scaled to the same polynomials",
          courses: try courses("", "", from: 0)),
        SignalPlot.Panel(
          title: "legt, dt = 2/\(window)", caption: "the last \(window) samples: a window of 2/dt steps",
          courses: try courses("-legt-dt=\(2 / Double(window))", "-legt", from: L - window)),
      ])
  }

  /// The one output of a kernel's definition in double.
  private static func result(_ name: String, _ size: String, _ inputs: [String: Tensor<Double>]) throws -> Tensor<
    Double
  > {
    let kernel = try hippodrome.kernel(named: name)
    let outputs = kernel.reference(
      Operands(inputs.mapValues { .real($0) }), try kernel.signature.size(size))
    return outputs.real(kernel.signature.outputs[0].name)
  }
}
