import KernelSpec
import Testing

private let scan = Signature(
  extents: ["B", "D", "L", "N", "G"], derived: ["M": "N/2"],
  inputs: [
    .real("u", "B", "D", "L"), .complex("C", "B", "G", "M", "L"), .real("bias", "D", optional: true),
    .real("x0", "B", "D", "M", optional: true),
  ],
  outputs: [.real("y", "B", "D", "L")],
  options: [.flag("softplus"), .choice("eigenvalues", "positive", "signed")],
  divides: [("G", "D")])

private func message(_ body: () throws -> Void) -> String {
  do { try body() } catch { return "\(error)" }
  return "no error"
}

@Test(arguments: [
  "B1-D4-L7-N2-G2", "B1-D4-L7-N2-G2-softplus", "B1-D4-L7-N2-G2-softplus-signed+bias", "B3-D1-L1-N16-G1+bias+x0",
])
func sizesAreReadBackFromTheirDescription(text: String) throws {
  #expect(try scan.size(text).description == text)
}

@Test func sizeGivesExtentsOptionsAndOperands() throws {
  let size = try scan.size("B1-D4-L7-N2-G2-softplus+x0")
  #expect(size.D == 4 && size.L == 7)
  #expect(size.flag("softplus") && size.choice("eigenvalues") == nil)
  #expect(size.has("x0") && !size.has("bias"))
}

@Test(arguments: [
  ("B1-D4-L7-N2", "size 'B1-D4-L7-N2': extent G is not given"),
  ("B1-D4-L7-N3-G1", "size 'B1-D4-L7-N3-G1': extent N is 3, expected a multiple of 2 (M = N/2)"),
  ("B1-D4-L7-N2-G3", "size 'B1-D4-L7-N2-G3': extent G is 3, expected a divisor of D = 4"),
  ("B1-D4-L0-N2-G1", "size 'B1-D4-L0-N2-G1': extent L is 0, expected at least 1"),
  ("B1-D4-L7-N2-G1-tanh", "size 'B1-D4-L7-N2-G1-tanh': 'tanh' is neither an extent (B, D, L, N, G) nor an option"),
  ("B1-D4-L7-N2-G1+u", "size 'B1-D4-L7-N2-G1+u': 'u' is not an optional operand (bias, x0)"),
])
func wrongSizesSayWhatIsWrong(text: String, expected: String) {
  #expect(message { _ = try scan.size(text) } == expected)
}

private let found: [String: Found] = [
  "u": Found(shape: [1, 4, 7], isComplex: false), "C": Found(shape: [1, 2, 3, 7], isComplex: true),
]

@Test func extentsComeFromShapes() throws {
  let size = try scan.size(
    found: found, given: ["M": .number(3), "L": .number(7)],
    options: ["eigenvalues": .text("signed"), "softplus": .flag(false)])
  #expect(size.description == "B1-D4-L7-N6-G2-signed")
}

@Test func extentsThatNoShapeGivesAreTakenFromTheFile() throws {
  let filter = Signature(extents: ["H", "L"], inputs: [.real("c", "H")], outputs: [.real("K", "H", "L")])
  let one: [String: Found] = ["c": Found(shape: [5], isComplex: false)]
  #expect(try filter.size(found: one, given: ["L": .number(9)], options: [:]).description == "H5-L9")
  #expect(
    message { _ = try filter.size(found: one, given: [:], options: [:]) }
      == "size: L is missing, expected a whole number, since no operand's shape gives it")
}

@Test func misfitsNameWhatWasFoundAndExpected() {
  func complaint(
    _ change: [String: Found], without missing: String = "", given: [String: Given] = [:],
    options: [String: Given] = [:]
  ) -> String {
    var changed = found
    for (name, value) in change { changed[name] = value }
    changed[missing] = nil
    return message { _ = try scan.size(found: changed, given: given, options: options) }
  }
  #expect(complaint([:], without: "C") == "inputs/C: missing, expected (B, G, M, L) ℂ")
  #expect(
    complaint(["u": Found(shape: [1, 4, 8], isComplex: false)])
      == "inputs/C: axis L is 7, expected 8 as in inputs/u")
  #expect(
    complaint(["u": Found(shape: [4, 7], isComplex: false)]) == "inputs/u: expected (B, D, L) ℝ, found (4, 7) ℝ")
  #expect(
    complaint(["u": Found(shape: [1, 4, 7], isComplex: true)]) == "inputs/u: expected (B, D, L) ℝ, found (1, 4, 7) ℂ")
  #expect(
    complaint(["q": Found(shape: [1], isComplex: false)]) == "inputs/q: unknown operand, expected u, C, bias, x0")
  #expect(complaint([:], given: ["L": .number(8)]) == "size: L is 8, expected 7 as in inputs/u")
  #expect(complaint([:], given: ["L": .text("7")]) == "size: L is \"7\", expected a whole number")
  #expect(complaint([:], given: ["Q": .number(7)]) == "size: unknown extent 'Q', expected B, D, L, N, G, M")
  #expect(
    complaint([:], options: ["soft": .flag(true)]) == "options: unknown option 'soft', expected softplus, eigenvalues"
  )
  #expect(complaint([:], options: ["softplus": .number(1)]) == "options: softplus is 1, expected true or false")
  #expect(
    complaint([:], options: ["eigenvalues": .text("any")])
      == "options: eigenvalues is \"any\", expected positive or signed")
}

@Test func axesAreSolvedForTheirExtent() {
  let half: Axis = "N/2", less: Axis = "W-1", plain: Axis = "L"
  #expect(half.length(6) == 3 && half.solved(3) == 6 && half.description == "N/2")
  #expect(less.length(4) == 3 && less.solved(3) == 4 && less.description == "W-1")
  #expect(plain.length(5) == 5 && plain.solved(5) == 5 && plain.description == "L")
}
