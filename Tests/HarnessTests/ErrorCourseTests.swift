import KernelSpec
import Numerics
import Tensors
import Testing

@testable import Harness

/// The course of errors `errors` along a sequence of ones.
private func course(_ errors: [Double]) -> ErrorCourse {
  let expected = Operand<Oracle>.real(Tensor(repeating: 1, shape: [errors.count]))
  let found = Operand<Double>.real(Tensor(shape: [errors.count], elements: errors.map { 1 + $0 }))
  var bound = Deviation()
  (bound.global, bound.row, bound.element) = (1e-6, 1e-6, 1e-6)
  return ErrorCourse(
    ErrorField(
      .real("y", "L"), found: found, expected: expected, bound: bound, magnitudes: nil, sequence: "L"))
}

@Test func aCourseSaysWhereErrorsStart() {
  #expect(
    course((0..<200).map { $0 < 192 ? 0 : 1 }).description!.hasPrefix(
      "along l: right before l = 192, a multiple of 64"))
  #expect(course((0..<200).map { $0 < 3 ? 1 : 0 }).description == "along l: wrong at l = 0…2 only")
  #expect(course((0..<200).map { $0 == 77 ? 1 : 0 }).description == "along l: only l = 77")
  #expect(course(Array(repeating: 1, count: 200)).description == nil)
}

@Test func aPeriodIsNamedOnlyWhereItIsExact() {
  #expect(course((0..<200).map { $0 % 24 < 5 && $0 >= 24 ? 1 : 0 }).period == 24)
  #expect(course((0..<200).map { $0 % 24 < 5 && $0 >= 24 && $0 != 96 ? 1 : 0 }).period == nil)
  #expect(course((0..<200).map { $0 == 24 || $0 == 48 ? 1 : 0 }).period == nil)
}

@Test func growthIsAPowerOfTheDistance() {
  func trend(_ error: (Int) -> Double) -> ErrorCourse.Trend? { course((0..<500).map(error)).trend }
  guard case .growing(let power) = trend({ 1e-3 * Double($0 + 1) }) else {
    Issue.record("no growth")
    return
  }
  #expect(abs(power - 1) < 0.1)
  #expect(trend { $0 < 64 ? 0 : 1e-3 } == .level)
  #expect(trend { $0 < 64 ? 0 : 1 / Double($0 - 63) } == .fading)
  #expect(trend { $0 % 7 == 0 ? 0 : 1 } == nil)
}

@Test func affectedIndicesAreNamed() {
  func words(_ affected: [Int], of count: Int) -> String? {
    AffectedIndices("D", (0..<count).map(affected.contains)).description
  }
  #expect(words([0, 1, 2], of: 3) == nil)
  #expect(words([2], of: 4) == "only d = 2")
  #expect(words([1, 2, 3], of: 4) == "all d but 0")
  #expect(words([4, 5, 6], of: 9) == "only d = 4…6")
  #expect(words([1, 3, 5, 7], of: 8) == "every second d, from 1")
  #expect(words([0, 1, 5], of: 8) == "only d = 0, 1, 5")
  #expect(words([0, 1, 2, 5, 8, 9, 11], of: 20) == "7 of 20 d, from 0 to 11")
  #expect(AffectedIndices("part", [false, true]).description == "only imaginary parts")
}
