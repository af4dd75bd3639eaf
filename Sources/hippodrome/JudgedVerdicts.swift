import Foundation
import Harness
import Messages

/// The verdicts that say whether something is right: what was refused or mistrusted was not judged, and checks of the reference alone say
/// nothing of the variants that were asked for.
struct JudgedVerdicts {
  private let all: [Verdict]
  private let judged: [Verdict]
  private let choice: ChoiceBy<OutsidePrecision>

  init(_ verdicts: [Verdict], _ choice: ChoiceBy<OutsidePrecision>) {
    (all, self.choice) = (verdicts, choice)
    // Some passes have no variant: where none is asked for by its properties, the reference is what there is.
    let isReferenceWanted = choice.variant.contains("reference")
    let canBeAlone = choice.variant.isEmpty && choice.precision.isEmpty && choice.threads.isEmpty
    let hasVariants = Set(verdicts.filter { $0.variant != "reference" }.map(\.kernel))
    judged = verdicts.filter { verdict in
      switch verdict.outcome {
      case .refused, .mistrusted, .unjudged: false
      case .pass, .fail:
        verdict.variant != "reference" || isReferenceWanted || canBeAlone && !hasVariants.contains(verdict.kernel)
      }
    }
  }

  /// How many there are.
  var count: Int { judged.count }

  /// How many there are of a kernel.
  func count(of kernel: String) -> Int { judged.count { $0.kernel == kernel } }

  /// What was asked for by name on the command line.
  struct Request {
    let kernels, cases, laws: [String]
    /// The names of the case files that there are.
    let files: [String]
  }

  /// A line on what was asked for and not judged; nil where all was.
  ///
  /// - Parameter isOutside: whether a program from outside was asked: one that refuses everything gets a line of its own.
  func complaint(_ request: Request, isOutside: Bool) -> String? {
    let told = isOutside ? all : judged
    for name in request.cases where !told.contains(where: { $0.caseName == name }) {
      return line("the case '\(name)'", all.filter { $0.caseName == name }, request, name)
    }
    for text in choice.size where !told.contains(where: { $0.size.description.contains(text) }) {
      return line("sizes that contain '\(text)'", all.filter { $0.size.description.contains(text) }, request, text)
    }
    for law in request.laws where !told.contains(where: { $0.check == law }) {
      return line("the law '\(law)'", all.filter { $0.check == law }, request)
    }
    for kernel in request.kernels where !told.contains(where: { $0.kernel == kernel }) {
      return line(kernel, all.filter { $0.kernel == kernel }, request)
    }
    return told.isEmpty ? line("any kernel", all, request) : nil
  }

  /// That a narrow precision left nothing to judge, and why; nil where something was judged, or refused by the program itself.
  var complaintOfRange: String? {
    let narrow = choice.precision.filter { $0.ofVariants == nil }.map(\.rawValue)
    guard !narrow.isEmpty, count == 0, !all.contains(where: { $0.outcome.word == "refused" }), let first = all.first
    else { return nil }
    return "nothing was judged in \(narrow.joined(separator: " and ")): \(first.caseName): \(first.outcome.reason)"
  }

  /// That nothing was judged of something: how its verdicts fell or, where there are none, which cases there are.
  private func line(_ what: String, _ found: [Verdict], _ request: Request, _ name: String? = nil) -> String {
    let selected = Choice.words([("--case", request.cases), ("--law", request.laws)], after: choice.words)
    let files = request.files.uniqued()
    let meant = name.map { files.contains($0) ? "" : hint(for: $0, among: files) } ?? ""
    let opening = "nothing was judged of \(what)\(meant)" + (selected.isEmpty ? "" : ", selected by \(selected)")
    if !found.isEmpty {
      var counts: [String] = []
      func count(_ number: Int, _ word: String) { if number > 0 { counts.append("\(number) \(word)") } }
      count(found.count { $0.outcome.word == "refused" }, "refused")
      count(found.count { $0.outcome.word == "mistrusted" }, "mistrusted")
      count(found.count { ["pass", "fail"].contains($0.outcome.word) }, "of the reference alone")
      let reason = found.first { $0.outcome.word == "refused" }.map { ": \($0.variant): \($0.outcome.reason)" } ?? ""
      return "\(opening): \(counts.joined(separator: ", "))\(reason)"
    }
    let some = files.prefix(5).joined(separator: ", ") + (files.count > 5 ? " and \(files.count - 5) others" : "")
    return opening + (files.isEmpty ? "" : "; there are \(some), and laws on drawn operands")
  }
}
