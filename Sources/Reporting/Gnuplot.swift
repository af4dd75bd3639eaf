import Foundation
import Platform

/// The program that draws plots.
public enum Gnuplot {
  /// Why there is no image, in one line.
  public struct Failure: Error, Equatable, CustomStringConvertible {
    /// The line.
    public let description: String
  }

  /// Whether the program is there.
  public static var isInstalled: Bool { (try? Subprocess.run(["gnuplot", "--version"]))?.status == 0 }

  /// The SVG image of a plot. It depends on the plot and on gnuplot's version only, and follows the reader's
  /// preference for light or dark pages.
  ///
  /// - Parameter command: the program, looked up in the path.
  public static func svg(_ plot: Plot, command: String = "gnuplot") throws -> Data {
    let script = FileManager.default.temporaryDirectory.appending(path: "plot-\(UUID().uuidString).gp")
    defer { try? FileManager.default.removeItem(at: script) }
    do { try OutputFile(script.path).write(Data(plot.script.utf8)) } catch {
      throw Failure(description: error.description)
    }
    // Without -d a user's own settings would show in the image.
    let result = try? Subprocess.run([command, "-d", script.path], environment: ["LC_ALL": "C"])
    guard let result, result.status != 127 else {
      throw Failure(description: "plots need \(command), which is not installed: apt-get install gnuplot-nox")
    }
    guard result.status == 0, !result.output.isEmpty else {
      let complaint = result.errors.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }
      throw Failure(description: "\(command) could not draw \(plot.name): \(complaint ?? "no output")")
    }
    return PlotColour.followingTheReader(result.output)
  }
}
