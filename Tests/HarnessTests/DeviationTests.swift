import KernelSpec
import Numerics
import Tensors
import Testing

@testable import Harness

private func deviation(_ found: [Double], _ expected: [Double], _ shape: [Int]) -> Deviation {
  Deviation(
    Operand<Double>.real(Tensor(shape: shape, elements: found)),
    from: .real(Tensor(shape: shape, elements: expected.map { Oracle($0) })))
}

@Test func theThreeNormsAreWhatTheySay() {
  let found = deviation([1, 2, 3, 4.5], [1, 2, 3, 4], [2, 2])
  #expect(abs(found.global - 0.5 / 30.0.squareRoot()) < 1e-15)
  #expect(abs(found.row - 0.5 / 5) < 1e-15)
  #expect(abs(found.element - 0.5 / 4) < 1e-15)
  #expect(found.worst == [1, 1])
}

@Test func anElementIsRelativeToItsRowUnlessItIsLarger() {
  #expect(abs(deviation([1, 7], [0, 7], [1, 2]).element - 1 / 24.5.squareRoot()) < 1e-15)
  #expect(deviation([0, 6], [0, 7], [1, 2]).element == 1.0 / 7)
}

@Test func whereTermsCancelErrorsAreRelativeToWhatTheKernelStates() {
  let expected = Operand<Oracle>.real(Tensor(shape: [1, 2], elements: [1e-3, -1e-3]))
  let found = Operand<Double>.real(Tensor(shape: [1, 2], elements: [2e-3, -1e-3]))
  #expect(Deviation(found, from: expected).element > 0.9)
  let deviation = Deviation(found, from: expected, magnitudes: [10])
  #expect(abs(deviation.element - 1e-4) < 1e-15 && deviation.row < 1e-4)
}

@Test func theWorstOfManyElementsIsCreditedMore() {
  let row = deviation(Array(repeating: 1, count: 1000), Array(repeating: 1, count: 1000), [1, 1000])
  let bound = row.bound(Tolerance(), ulp: 1)
  #expect(bound.row == 4 && abs(bound.element - 4 * (2 * Double.log(1000)).squareRoot()) < 1e-12)
}

@Test func aWrongSmallRowIsNotHiddenByALargeOne() {
  let found = deviation([0, 0, 1000, 1000], [1e-3, 1e-3, 1000, 1000], [2, 2])
  #expect(found.row == 1 && found.global < 1e-6)
}

@Test(arguments: [Double.nan, .infinity, -.infinity])
func whatIsNotANumberIsInfinitelyWrong(value: Double) {
  let found = deviation([1, value], [1, 2], [1, 2])
  #expect(found.global == .infinity && found.row == .infinity && found.element == .infinity && !found.isFinite)
  #expect(found.worst == [0, 1])
  #expect(found.excess(over: Deviation().bound(Tolerance(), ulp: 1)) != nil)
}

@Test func nothingWrongInAZeroRowIsZeroAndAnythingElseInfinite() {
  #expect(deviation([0, 0], [0, 0], [1, 2]).row == 0)
  #expect(deviation([0, 1e-30], [0, 0], [1, 2]).row == .infinity)
}

@Test func complexElementsCountOnceInIndices() {
  let expected = Operand<Oracle>.complex(Tensor(shape: [1, 2], elements: [Complex(3, 4), Complex(0, 0)]))
  let found = Operand<Double>.complex(Tensor(shape: [1, 2], elements: [Complex(3, 4), Complex(0, 1)]))
  let deviation = Deviation(found, from: expected)
  #expect(deviation.worst == [0, 1] && abs(deviation.global - 0.2) < 1e-15)
}

@Test func anExactReferenceIsCreditedOneUlp() {
  #expect(Deviation().bound(Tolerance(), ulp: 0x1p-23).global == 4 * 0x1p-23)
}
