import Fixtures
import Foundation
import KernelSpec
import Numerics
import Platform
import Tensors

/// What contenders of one size run on: operands in a case file, and the judge of what they make of them.
public final class Course {
  /// The kernel's name.
  public let kernel: String
  /// The extents, options and optional operands.
  public let size: Size
  /// What of the kernel is computed.
  public let pass: Pass
  /// In which precision.
  public let precision: Precision
  private let scratch: ScratchFolder
  private let judgement: (Operands<Double>) -> Outcome

  /// Draws operands, the same for every run, and evaluates what must come of them; where that takes the oracle more than
  /// `patience` seconds, for a drawn part of the rows only.
  ///
  /// - Throws: `Misfit` where the file cannot be written.
  public init<K: Kernel>(
    _: K.Type, _ size: Size, _ pass: Pass, _ precision: Precision, patience: Double
  ) throws(Misfit) {
    (kernel, self.size, self.pass, self.precision) = (K.name, size, pass, precision)
    scratch = try ScratchFolder()
    let item = Case.drawn(K.self, size, pass)
    switch precision {
    case .float:
      let expectation = TimedExpectation<K, Float>(K.self, pass, item, patience: patience)
      judgement = { expectation.judge($0).outcome }
    case .double:
      let expectation = TimedExpectation<K, Double>(K.self, pass, item, patience: patience)
      judgement = { expectation.judge($0).outcome }
    }
    try item.file(kernel: K.name, signature: K.signature, source: "drawn").write(to: casePath)
    do { try OutputFolder(planFolder).make() } catch { throw Misfit(error.description) }
  }

  /// The case file.
  var casePath: String { scratch.path + "/case.h5" }

  /// What the environment of contenders has beyond the driver's: where those whose plans are found by timing share them.
  var environment: [String: String] { ["HIPPODROME_PLANS": planFolder] }

  /// When contenders last kept plans for others; changes only if one did.
  var plansKept: [Date] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: planFolder)) ?? []
    return names.sorted().compactMap { name in
      try? FileManager.default.attributesOfItem(atPath: "\(planFolder)/\(name)")[.modificationDate] as? Date
    }
  }

  private var planFolder: String { scratch.path + "/plans" }

  /// Has a contender write its last results and judges them.
  func judge(_ contender: ContenderProcess) throws(Misfit) -> Outcome {
    let file = try written(to: scratch.path + "/out.h5", contender.ask)
    return judgement(pass == .forward ? file.outputs : file.gradients)
  }
}

extension Case {
  /// Operands of a timed size, and cotangents for a gradient: the same for every run.
  static func drawn<K: Kernel>(_: K.Type, _ size: Size, _ pass: Pass) -> Case {
    var generator = SeededGenerator("\(K.name) \(size)", seed: 0)
    return Case(
      name: size.description, size: size, inputs: K.signature.drawn(size, using: &generator),
      cotangents: pass == .gradient ? K.signature.drawnCotangents(size, using: &generator) : Operands())
  }
}
