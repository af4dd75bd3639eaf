import Fixtures
import Foundation
import KernelSpec
import Numerics
import Platform
import Synchronization
import Tensors

/// What contenders of one size run on: operands in a case file, and the judge of what they make of them.
public final class Course: Sendable {
  /// The kernel's name.
  public let kernel: String
  /// The extents, options and optional operands.
  public let size: Size
  /// What of the kernel is computed.
  public let pass: Pass
  /// In which precision.
  public let precision: Precision
  /// What contenders share.
  let plans: SharedPlans
  private let scratch: ScratchFolder
  private let judgement: @Sendable (Operands<Double>) -> Outcome
  /// The results that passed last. Processes of one build give the same bits, and often so do two builds.
  private let right = Mutex<Operands<Double>?>(nil)

  /// Draws operands, the same for every run, and evaluates what must come of them; where that takes the oracle more than
  /// `patience` seconds, for a drawn part of the rows only.
  ///
  /// - Throws: `Misfit` where the file cannot be written.
  public init<K: Kernel>(
    _: K.Type, _ size: Size, _ pass: Pass, _ precision: Precision, patience: Double, plans: SharedPlans
  ) throws(Misfit) {
    (kernel, self.size, self.pass, self.precision) = (K.name, size, pass, precision)
    self.plans = plans
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
  }

  /// The case file.
  var casePath: String { scratch.path + "/case.h5" }

  /// Has a contender write its last results and judges them.
  func judge(_ contender: ContenderProcess) throws(Misfit) -> Outcome {
    let file = try written(to: scratch.path + "/out.h5", contender.ask)
    let found = pass == .forward ? file.outputs : file.gradients
    if right.withLock({ $0 == found }) { return .pass }
    let outcome = judgement(found)
    if outcome == .pass { right.withLock { $0 = found } }
    return outcome
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

/// A folder of plans that are found by timing, for contenders that are compared: each would find others.
public final class SharedPlans: Sendable {
  private let scratch: ScratchFolder

  /// Without plans yet; the folder goes away with it.
  ///
  /// - Throws: `Misfit` where there is no place for it.
  public init() throws(Misfit) {
    scratch = try ScratchFolder()
    do { try OutputFolder(folder).make() } catch { throw Misfit(error.description) }
  }

  /// Not the scratch folder itself, which this process has locked: contenders lock it in turn.
  private var folder: String { scratch.path + "/plans" }

  /// What the environment of contenders has beyond the driver's.
  var environment: [String: String] { ["HIPPODROME_PLANS": folder] }

  /// When contenders last kept plans for others; changes only if one did.
  var kept: [Date] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().compactMap { name in
      try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.modificationDate] as? Date
    }
  }
}
