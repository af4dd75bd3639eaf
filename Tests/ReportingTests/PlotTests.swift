import Foundation
import Testing

@testable import Reporting

@Suite struct PlotTests {
  private func plots(_ measurements: [MeasurementRecord], limits: [LimitRecord] = []) -> [String: Plot] {
    Report(Samples.records(measurements, limits)).plots()
  }

  private let pair = Samples.pair

  @Test func theScriptOfOneAxis() throws {
    let plots = plots(pair)
    #expect(plots.keys.sorted() == ["toy.sum-forward.svg"])
    let script = try #require(plots["toy.sum-forward.svg"]).script
    let panels = script.components(separatedBy: "unset label\n")
    #expect(panels.count == 4)
    #expect(
      panels[0] == """
        set terminal svg size 510,1124 font 'sans-serif,13' noenhanced background rgb '#ffffff'
        set multiplot
        set label 1 'toy.sum, forward, float' at screen 0.5,0.97865 center font 'sans-serif,17' textcolor rgb \
        '#111111'
        $data_0_0_0 << EOD
        8.0 8e-06
        16.0 1.6e-05
        32.0 3.2e-05
        EOD
        $data_0_0_1 << EOD
        8.0 1e-07
        16.0 1e-07
        32.0 1e-07
        EOD
        set lmargin at screen 0.20784
        set rmargin at screen 0.95294
        set tmargin at screen 0.93238
        set bmargin at screen 0.70996
        set logscale xy
        set border 3 lc rgb '#444444'
        set grid xtics ytics lc rgb '#dddddd' lw 0.8 dt solid
        set tics nomirror out scale 0.6 textcolor rgb '#222222'
        set xrange [5.65685:45.2548]
        set yrange [6.30359e-08:5.07647e-05]
        set xtics ('8' 8.0, '16' 16.0, '32' 32.0)
        set ytics ('100 ns' 1e-07, '1 µs' 1e-06, '10 µs' 1e-05)
        set label 2 'time per call, N2' at screen 0.58039,0.94662 center textcolor rgb '#222222'
        set label 3 'L' at screen 0.58039,0.67082 center textcolor rgb '#222222'
        set label 4 'time per call' at screen 0.03922,0.82117 center textcolor rgb '#222222' rotate
        unset key
        plot $data_0_0_0 using 1:2 with linespoints lc rgb '#222222' lw 1.6 dt solid pt 2 ps 0.75, \\
          $data_0_0_1 using 1:2 with linespoints lc rgb '#0072b2' lw 1.6 dt solid pt 7 ps 0.75

        """)
    #expect(
      panels[3] == """
        set lmargin at screen 0.00000
        set rmargin at screen 1.00000
        set tmargin at screen 0.03203
        set bmargin at screen 0.01068
        unset logscale
        unset border
        unset tics
        unset grid
        set xrange [0:510]
        set yrange [24:0]
        $key_0 << EOD
        106 12
        142 12
        EOD
        $point_0 << EOD
        124 12
        EOD
        set label 'reference' at 150,12 left textcolor rgb '#222222'
        $key_1 << EOD
        242 12
        278 12
        EOD
        $point_1 << EOD
        260 12
        EOD
        set label 'lanes' at 286,12 left textcolor rgb '#222222'
        plot $key_0 with lines lc rgb '#222222' lw 1.6 dt solid, \\
          $point_0 with points lc rgb '#222222' pt 2 ps 0.75, \\
          $key_1 with lines lc rgb '#0072b2' lw 1.6 dt solid, \\
          $point_1 with points lc rgb '#0072b2' pt 7 ps 0.75
        unset multiplot

        """)
  }

  @Test(.enabled(if: Gnuplot.isInstalled)) func anImageIsTheSameEveryTime() throws {
    let plot = try #require(plots(pair)["toy.sum-forward.svg"])
    let image = try Gnuplot.svg(plot)
    #expect(String(decoding: image, as: UTF8.self).hasPrefix("<?xml"))
    #expect(try Gnuplot.svg(plot) == image)
  }

  @Test func aMissingProgramIsOneLine() throws {
    let plot = try #require(plots(pair)["toy.sum-forward.svg"])
    let error = #expect(throws: Gnuplot.Failure.self) { try Gnuplot.svg(plot, command: "no-gnuplot-here") }
    #expect(
      error?.description
        == "plots need no-gnuplot-here, which is not installed: apt-get install gnuplot-nox")
  }

  @Test(.enabled(if: Gnuplot.isInstalled)) func aBadScriptIsOneLine() {
    let plot = Plot(name: "x.svg", pass: nil, script: "plot nonsense(\n")
    let error = #expect(throws: Gnuplot.Failure.self) { try Gnuplot.svg(plot) }
    #expect(error?.description.hasPrefix("gnuplot could not draw x.svg: ") == true)
    #expect(error?.description.contains("\n") == false)
  }

  /// Workspaces of nothing, of one size and unmeasured; lengths that are no powers of two; names with quotes.
  @Test(.enabled(if: Gnuplot.isInstalled)) func oddMeasurementsAreDrawn() throws {
    var zeros = pair, unmeasured = pair, odd = pair
    for i in zeros.indices { zeros[i].workspaceBytes = 0 }
    for i in unmeasured.indices { unmeasured[i].workspaceBytes = nil }
    for i in odd.indices {
      (odd[i].extents["L"], odd[i].size) = (997 + i / 2, "N2-L\(997 + i / 2)-don't")
      odd[i].variant += "'s"
    }
    for lines in [zeros, unmeasured, odd] {
      for plot in plots(lines).values { #expect(try !Gnuplot.svg(plot).isEmpty) }
    }
  }

  /// Every colour has another on dark pages, the background too; programs without media queries draw the light ones.
  @Test func imagesFollowTheReader() {
    let svg = """
      <svg>
      <title>Gnuplot</title>
      <rect fill="#ffffff"/><path stroke='rgb( 34,  34,  34)'/><g fill="rgb(34,34,34)" color='rgb(  0, 114, 178)'/>
      </svg>
      """
    let image = String(decoding: PlotColour.followingTheReader(Data(svg.utf8)), as: UTF8.self)
    #expect(
      image.hasSuffix(
        """
        }
        </style>
        <title>Gnuplot</title>
        <rect fill="#ffffff"/><path stroke='#222222'/><g fill="#222222" color='#0072b2'/>
        </svg>
        """))
    #expect(
      image.hasPrefix(
        "<svg>\n<style>\n@media (prefers-color-scheme: dark) {\n[stroke=\"#ffffff\"] { stroke: #0d1117 }"))
    #expect(image.contains(##"[fill="#222222"] { fill: #d7dde4 } [color="#222222"] { color: #d7dde4 }"##))
  }

  /// gnuplot must not draw with a colour that would be lost on a dark page.
  @Test(.enabled(if: Gnuplot.isInstalled)) func noColourIsForgotten() throws {
    for plot in plots(pair, limits: Samples.machine).values {
      let image = String(decoding: try Gnuplot.svg(plot), as: UTF8.self)
      let (style, drawing) = try #require(
        image.range(of: "</style>").map { (image[..<$0.lowerBound], image[$0.upperBound...]) })
      #expect(!drawing.contains("rgb("))
      for colour in drawing.matches(of: /(?:stroke|fill|color)=["'](#[0-9a-f]{6})["']/).map(\.1) {
        #expect(style.contains("\"\(colour)\""))
      }
    }
  }

  @Test func nothingAlongAnAxisIsNoPlot() {
    #expect(plots([Samples.measurement()]).isEmpty)
    let failed = pair.map { line in
      var line = line
      line.verdict = .fail
      return line
    }
    #expect(plots(failed).isEmpty)
  }

  @Test func aPanelSaysWhatIsFixed() {
    func title(_ sizes: [String]) -> String {
      PlotPanel(.init(extents: ["L"], sizes: sizes), [], .workspace).title
    }
    #expect(title(["H2-N4-L8", "H2-N4-L16"]) == "workspace, H2-N4")
    #expect(title(["H2-L8-zoh+D+z", "H2-L16-zoh+D+z"]) == "workspace, H2-zoh+D+z")
    #expect(title(["L8", "L16"]) == "workspace")
  }

  @Test func ticksAreRound() {
    #expect(PlotPanel.powersOfTwo(200...70_000, atMost: 5) == [256, 1024, 4096, 16384, 65536])
    #expect(PlotPanel.powersOfTwo(3...9, atMost: 7) == [4, 8])
    #expect(PlotPanel.decades(1e-6...1e-3) == [1e-6, 1e-5, 1e-4, 1e-3])
    #expect(PlotPanel.decades(3e-6...3e-5) == [5e-6, 1e-5, 2e-5])
    #expect(PlotPanel.decades(1e-9...10) == [1e-9, 1e-6, 1e-3, 1])
    #expect([1, 256, 1024, 65536, 1_048_576].map(PlotPanel.count) == ["1", "256", "1k", "64k", "1M"])
    #expect(
      [1e-9, 5e-6, 1e-4, 0.01, 1, 20].map(Units.roundTime) == ["1 ns", "5 µs", "100 µs", "10 ms", "1 s", "20 s"])
  }
}
