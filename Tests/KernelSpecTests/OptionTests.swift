import KernelSpec
import Testing

private let scaled = Signature(
  extents: ["L"], inputs: [.real("u", "L")], outputs: [.real("y", "L")],
  options: [
    .choice("mode", "exp", "softmax"), .flag("norm", default: true), .integer("order", 0...64, drawn: [0, 2]),
    .number("dt", 0...Double.infinity, drawn: [0.25]), .number("alpha", 0...1, default: 0.5, drawn: [0, 1]),
  ],
  rule: { size in size.integer("order") == 3 && !size.flag("norm") ? "order 3 needs norm" : nil })

private func message(_ body: () throws -> Void) -> String {
  do { try body() } catch { return "\(error)" }
  return "no error"
}

private func size(_ options: [String: Given]) throws -> Size {
  try scaled.size(found: ["u": Found(shape: [8], isComplex: false)], given: [:], options: options)
}

@Test(arguments: [
  "L8", "L8-softmax-norm=false", "L8-order=0", "L8-dt=1e-05-alpha=0", "L8-norm=false-order=2-dt=0.001-alpha=0.25",
  "L8-dt=1e20",
])
func numbersAreReadBackFromTheirDescription(text: String) throws {
  let size = try scaled.size(text)
  #expect(size.description == text)
  let given = scaled.given(size)
  let again = try scaled.size(
    found: ["u": Found(shape: [8], isComplex: false)], given: given.size, options: given.options)
  #expect(again == size)
}

@Test func numbersHaveValuesOrDefaults() throws {
  let plain = try size([:])
  #expect(plain.flag("norm") && plain.number("alpha") == 0.5)
  #expect(plain.number("dt") == nil && plain.integer("order") == nil)
  let other = try size(["norm": .flag(false), "order": .number(2), "dt": .number(1e-5), "alpha": .number(0.5)])
  #expect(!other.flag("norm") && other.integer("order") == 2 && other.number("dt") == 1e-5)
  #expect(other.description == "L8-norm=false-order=2-dt=1e-05")
}

@Test func wrongNumbersSayWhatIsWrong() {
  #expect(
    message { _ = try size(["order": .number(1.5)]) } == "options: order is 1.5, expected a whole number from 0 to 64"
  )
  #expect(
    message { _ = try size(["order": .text("2")]) } == "options: order is \"2\", expected a whole number from 0 to 64"
  )
  #expect(message { _ = try size(["alpha": .number(2)]) } == "options: alpha is 2, expected a number from 0.0 to 1.0")
  #expect(message { _ = try size(["dt": .number(-1)]) } == "options: dt is -1, expected a number from 0.0 on")
  #expect(message { _ = try size(["norm": .number(1)]) } == "options: norm is 1, expected true or false")
  #expect(
    message { _ = try scaled.size("L8-alpha=x") }
      == "size 'L8-alpha=x': alpha is \"x\", expected a number from 0.0 to 1.0")
}

@Test func rulesAreHeld() {
  #expect(message { _ = try size(["order": .number(3), "norm": .flag(false)]) } == "order 3 needs norm")
  #expect(
    message { _ = try scaled.size("L8-norm=false-order=3") } == "size 'L8-norm=false-order=3': order 3 needs norm")
}

@Test func choicesMayHaveDashesInTheirNames() throws {
  let signature = Signature(
    extents: ["N"], inputs: [], outputs: [.real("A", "N")],
    options: [.choice("measure", "legs", "fourier-decay", "foud"), .number("dt", 0...1, drawn: [])])
  for text in ["N8", "N8-fourier-decay", "N8-fourier-decay-dt=1e-05", "N8-foud-dt=0.5"] {
    #expect(try signature.size(text).description == text)
  }
}
