import Testing

@testable import Reporting

@Suite struct SweepTests {
  private func sweep(_ sizes: [[(String, Int)]], options: [String] = []) -> [String] {
    let measurements = sizes.enumerated().map { index, extents in
      var line = Samples.measurement()
      line.extents = Dictionary(uniqueKeysWithValues: extents)
      let option = options.isEmpty ? "" : options[index]
      line.size = extents.map { "\($0.0)\($0.1)" }.joined(separator: "-") + option
      return line
    }
    return Sweep(measurements).series.map { "\($0.title): \($0.sizes.joined(separator: " "))" }
  }

  @Test func twoAxesMeetAtTheCommonSize() {
    let series = sweep(
      [(64, 256), (64, 65536), (64, 1024), (4, 1024), (256, 1024)].map { [("H", 2), ("N", $0.0), ("L", $0.1)] })
    #expect(
      series == [
        "by L: H2-N64-L256 H2-N64-L1024 H2-N64-L65536", "by N: H2-N4-L1024 H2-N64-L1024 H2-N256-L1024",
      ])
  }

  @Test func extentsThatGrowTogetherAreOneAxis() {
    let series = sweep([(8, 8), (16, 16), (32, 32), (32, 4)].map { [("W", $0.1), ("L", $0.0)] })
    #expect(series == ["by L with W: W8-L8 W16-L16 W32-L32", "by W: W4-L32 W32-L32"])
  }

  @Test func whatIsOnNoAxisIsNotLost() {
    #expect(sweep([[("L", 8)]]) == ["other sizes: L8"])
    #expect(
      sweep([[("L", 8)], [("L", 16)], [("L", 16)]], options: ["", "", "-zoh"]) == [
        "by L: L8 L16", "other sizes: L16-zoh",
      ])
    #expect(
      sweep([[("L", 8)], [("L", 16)], [("L", 16)]], options: ["+D", "+D", "-zoh+D"]) == [
        "by L: L8+D L16+D", "other sizes: L16-zoh+D",
      ])
    #expect(
      sweep([(1, 8), (2, 8), (2, 4), (1, 2), (2, 16)].map { [("N", $0.0), ("L", $0.1)] }) == [
        "by L: N2-L4 N2-L8 N2-L16", "by L with N: N1-L2 N2-L8", "by N: N1-L8 N2-L8",
      ])
    #expect(sweep([]) == [])
  }
}
