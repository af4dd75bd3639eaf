import Numerics
import Tensors

/// Looks for families of mistakes that explain what was found in the affected part of an operand.
///
/// A family is named only where it leaves next to nothing of the error, over all of the part and in nine of ten scalars: with at least
/// eight scalars no family does so by chance, however many are tried, and errors of two kinds at once are named by none.
struct CauseSearch {
  /// The most that a family may leave of the error to be named.
  static let most = 0.01
  /// How many scalars it must explain.
  private static let least = 8

  let field: ErrorField
  /// For each axis the affected indices.
  let affected: [[Bool]]
  /// The affected part.
  let scope: [Int]

  init(_ field: ErrorField) {
    self.field = field
    affected = field.affected
    scope = field.scope(affected)
  }

  /// What a model leaves of the error in a part of the scope; nil where it explains too little or too few. A model has nothing to say of
  /// scalars for which it gives nil.
  func residual(of model: (Int) -> Oracle?, in part: [Int]? = nil) -> Double? {
    let part = part ?? scope
    var wrong = 0, explained = 0
    for scalar in part where field.isWrong[scalar] {
      guard let value = model(scalar) else { continue }
      let rest = abs(field.found[scalar] - value) / field.scales[scalar]
      wrong += 1
      if rest <= 0.1 * field.error(scalar) + field.limit { explained += 1 }
    }
    guard wrong >= Self.least, 10 * explained >= 9 * wrong else { return nil }
    let residual = rest(in: part, of: model)
    return residual <= Self.most ? residual : nil
  }

  /// `‖found − model‖ / ‖found − expected‖`, each scalar relative to its scale.
  func rest(in part: [Int]? = nil, of model: (Int) -> Oracle?) -> Double {
    var left: Oracle = 0, all: Oracle = 0
    for scalar in part ?? scope {
      guard let value = model(scalar) else { continue }
      let rest = (field.found[scalar] - value) / field.scales[scalar]
      let error = field.error(scalar)
      left += rest * rest
      all += error * error
    }
    return Double((left / all).squareRoot())
  }

  /// The cause that a model is, if it explains the error.
  func cause(_ description: String, _ families: String..., model: (Int) -> Oracle?) -> Cause? {
    residual(of: model).map { Cause(description, residual: $0, families: families) }
  }

  /// The factor by which `basis` comes nearest to `target` in the scope, by least squares; nil where the basis is zero.
  func factor(of basis: (Int) -> Oracle, for target: (Int) -> Oracle) -> Oracle? {
    var products: Oracle = 0, squares: Oracle = 0
    for scalar in scope {
      let b = basis(scalar) / field.scales[scalar]
      products += b * target(scalar) / field.scales[scalar]
      squares += b * b
    }
    return squares > 0 && (products / squares).isFinite ? products / squares : nil
  }

  /// The scalar that lies `steps` further along an axis; nil beyond its ends.
  func neighbour(_ scalar: Int, _ axis: Int, _ steps: Int) -> Int? {
    let index = field.coordinate(scalar, axis) + steps
    return (0..<field.shape[axis]).contains(index) ? scalar + steps * field.step(axis) : nil
  }
}
