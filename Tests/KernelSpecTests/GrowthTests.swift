import KernelSpec
import Testing

private let signature = Signature(
  extents: ["B", "L", "W"], inputs: [.real("u", "B", "L"), .real("K", "W")], outputs: [.real("y", "B", "L")])

@Test(arguments: [
  ("1", 1), ("L", 1024), ("B L", 3072), ("L^2", 1_048_576), ("L log L", 10240), ("B L log W + W", 3072 * 3 + 8),
  ("64 B + L", 192 + 1024), ("B 2^W", 768),
])
func growthHasItsValue(growth: (String, Double)) throws {
  let size = try signature.size("B3-L1024-W8")
  let value = Growth(stringLiteral: growth.0).value(at: size)
  #expect(value == growth.1)
}

@Test func logarithmsAreAtLeastOne() throws {
  let value = Growth("log B").value(at: try signature.size("B1-L4-W2"))
  #expect(value == 1)
}

@Test func growthNamesItsExtents() {
  #expect(Growth("B H L log L + W^2 + 1").extents == ["B", "H", "L", "W"])
  #expect(Growth("1").extents.isEmpty)
  #expect(Growth("4 H 2^S").extents == ["H", "S"])
}
