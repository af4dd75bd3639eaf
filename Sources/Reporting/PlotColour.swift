import Foundation

/// A colour as plots are drawn, on white, and what stands for it on a dark page.
struct PlotColour: Equatable {
  /// `#rrggbb`, as gnuplot is told.
  let light: String
  /// `#rrggbb`, shown where the reader prefers dark pages.
  let dark: String

  init(_ light: String, dark: String) { (self.light, self.dark) = (light, dark) }

  static let background = PlotColour("#ffffff", dark: "#0d1117")
  static let title = PlotColour("#111111", dark: "#f0f6fc")
  static let text = PlotColour("#222222", dark: "#d7dde4")
  static let border = PlotColour("#444444", dark: "#8b949e")
  static let roof = PlotColour("#777777", dark: "#9aa4ae")
  static let grid = PlotColour("#dddddd", dark: "#2a313a")

  /// Colours of Okabe and Ito, which colour-blind readers can tell apart, without yellow, too pale on white; the paler ones
  /// last. On dark they are lighter and keep their hues.
  static let curves = [
    PlotColour("#0072b2", dark: "#4c9be8"), PlotColour("#d55e00", dark: "#ff8040"),
    PlotColour("#009e73", dark: "#2ec495"), PlotColour("#cc79a7", dark: "#e8a3cb"),
    PlotColour("#8b4513", dark: "#c98f62"), PlotColour("#e69f00", dark: "#f2b632"),
    PlotColour("#56b4e9", dark: "#9adcff"),
  ]

  private static let all = [background, title, text, border, roof, grid] + curves

  /// Makes gnuplot's SVG follow the reader's preference.
  ///
  /// The page's own colour does not show through: an image is not always told the page's theme, and with a background of its own
  /// it is legible under either. The attributes hold the light colours, so that programs that know no media queries draw these.
  static func followingTheReader(_ svg: Data) -> Data {
    var text = String(decoding: svg, as: UTF8.self)
    // gnuplot writes colours in three ways.
    for colour in all {
      let parts = stride(from: 1, to: 7, by: 2).map { place -> Int in
        let start = colour.light.index(colour.light.startIndex, offsetBy: place)
        return Int(colour.light[start...].prefix(2), radix: 16)!
      }
      let padded = parts.map { String(format: "%3d", $0) }
      text.replace("rgb(\(padded.joined(separator: ", ")))", with: colour.light)
      text.replace("rgb(\(parts.map(String.init).joined(separator: ",")))", with: colour.light)
    }
    let rules = all.map { colour in
      ["stroke", "fill", "color"].map { "[\($0)=\"\(colour.light)\"] { \($0): \(colour.dark) }" }.joined(
        separator: " ")
    }
    let style = "<style>\n@media (prefers-color-scheme: dark) {\n\(rules.joined(separator: "\n"))\n}\n</style>\n"
    guard let end = text.range(of: "<title>") else { return Data(text.utf8) }
    text.insert(contentsOf: style, at: end.lowerBound)
    return Data(text.utf8)
  }
}
