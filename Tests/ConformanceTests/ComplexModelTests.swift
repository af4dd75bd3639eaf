import Fixtures
import Foundation
import Hippo
import Tensors
import Testing

@testable import Harness

/// Official dense models are complex, those of `ssm.discretize` real: a complex model of order N is a real one of order 2N, its numbers
/// being matrices `[[Re, −Im], [Im, Re]]`.
@Test(arguments: Stored.complexModels)
func complexModelsAreRealOnesOfTwiceTheOrder(stored: Stored) throws {
  var file = try CaseFile(contentsOf: stored.path)
  file.inputs["A"] = try #require(file.inputs["A"]).realMatrices
  file.inputs["B"] = try #require(file.inputs["B"]).realVectors
  file.outputs["Abar"] = try #require(file.outputs["Abar"]).realMatrices
  file.outputs["Bbar"] = try #require(file.outputs["Bbar"]).realVectors
  (file.cotangents, file.gradients) = (Operands(), Operands())
  let item = try Case(file, path: stored.path, signature: SSMDiscretize.signature)
  var verdicts: [Verdict] = []
  Verification(SSMDiscretize.self) { verdicts.append($0) }.check(item)
  let decided = verdicts.filter { $0.pass == .forward }
  #expect(decided.count > 4)
  for verdict in decided {
    #expect(["pass", "mistrusted"].contains(verdict.outcome.word), "\(verdict.variant): \(verdict.outcome.reason)")
  }
}

extension Operand<Double> {
  /// Complex matrices `(H, N, N)` as real ones of twice the order.
  fileprivate var realMatrices: Operand {
    let (H, N) = (shape[0], shape[1])
    var elements = [Double](repeating: 0, count: 4 * H * N * N)
    for h in 0..<H {
      for i in 0..<N {
        for j in 0..<N {
          let at = 2 * ((h * N + i) * N + j), row = (h * 2 * N + i) * 2 * N
          let (real, imaginary) = (scalars[at], scalars[at + 1])
          elements[row + j] = real
          elements[row + N + j] = -imaginary
          elements[row + 2 * N * N + j] = imaginary
          elements[row + 2 * N * N + N + j] = real
        }
      }
    }
    return .real(Tensor(shape: [H, 2 * N, 2 * N], elements: elements))
  }

  /// Complex vectors `(H, N)` as real ones, real parts first.
  fileprivate var realVectors: Operand {
    let (H, N) = (shape[0], shape[1])
    let elements = (0..<H).flatMap { h in
      [0, 1].flatMap { part in (0..<N).map { scalars[2 * (h * N + $0) + part] } }
    }
    return .real(Tensor(shape: [H, 2 * N], elements: elements))
  }
}
