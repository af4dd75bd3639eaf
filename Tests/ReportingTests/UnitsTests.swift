import Testing

@testable import Reporting

@Suite struct UnitsTests {
  @Test func timesHaveThreeDigitsAndTheLargestUnitThatFits() {
    let texts = [0, 4.2e-12, 9.996e-10, 1.234e-8, 9.994e-7, 9.996e-7, 1.5e-3, 0.0999949, 0.99951, 1234.5].map(
      Units.time)
    #expect(
      texts == [
        "0 ns", "4.20e-03 ns", "1.00 ns", "12.3 ns", "999 ns", "1.00 µs", "1.50 ms", "100 ms", "1.00 s", "1234 s",
      ])
  }

  @Test func aMedianSharesItsUnitWithItsInterval() {
    #expect(Units.time([9, 10, 10, 11, 8, 1200].map { $0 * 1e-6 }) == "10.0 µs [8.00, 1200]")
    #expect(Units.time([1e-3, 3e-3, 2e-3]) == "2.00 ms [1.00, 3.00] of 3")
  }

  @Test func bytes() {
    let counts = [0, 1023, 1024, 1536, 16384, 1_048_000, 1_048_576, 3_000_000, 25_276_510_208]
    #expect(
      counts.map(Units.bytes) == [
        "0 B", "1023 B", "1.00 KiB", "1.50 KiB", "16.0 KiB", "1023 KiB", "1.00 MiB", "2.86 MiB", "23.5 GiB",
      ])
    #expect(counts.map(Units.shortBytes).prefix(5) == ["0 B", "1023 B", "1 KiB", "1.50 KiB", "16 KiB"])
  }

  @Test func ratiosAndShares() {
    #expect(
      [0, 1e-9, 0.0123, 0.25, 0.999, 1.5, 12.3, 290, 1e5, .infinity, .nan].map(Units.ratio) == [
        "0", "<0.001", "0.012", "0.25", "1.00", "1.50", "12", "290", "1.0e+05", "∞", "NaN",
      ])
    #expect([0.0449, 0.45, 1.18, .nan].map(Units.percent) == ["4.5 %", "45 %", "118 %", "–"])
    #expect([0.5, 9.999, 418.3].map(Units.factor) == ["0.50×", "10.0×", "418×"])
  }
}
