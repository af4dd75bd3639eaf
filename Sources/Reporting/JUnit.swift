import Foundation

/// Verdicts as JUnit XML, which CI systems show: a suite for each kernel, a test case for each verdict.
public enum JUnit {
  /// The document. Records other than verdicts are left out.
  public static func xml(_ records: [Record]) -> String {
    let verdicts = records.compactMap { record in
      if case .verdict(let verdict) = record { verdict } else { nil }
    }
    let suites = verdicts.distinct(\.kernel).map { kernel in suite(kernel, verdicts.filter { $0.kernel == kernel }) }
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      + "<testsuites\(counts(verdicts))>\n" + suites.joined() + "</testsuites>\n"
  }

  private static func suite(_ kernel: String, _ verdicts: [VerdictRecord]) -> String {
    "  <testsuite name=\"\(escaped(kernel))\"\(counts(verdicts))>\n" + verdicts.map(testCase).joined()
      + "  </testsuite>\n"
  }

  /// What was refused, mistrusted or not judged did not fail, as for the command's exit code; but it did not pass either.
  private static func counts(_ verdicts: [VerdictRecord]) -> String {
    let failures = verdicts.count { $0.verdict == .fail }
    let skipped = verdicts.count { ![.pass, .fail].contains($0.verdict) }
    let time = seconds(verdicts.map(\.seconds).reduce(0, +))
    return " tests=\"\(verdicts.count)\" failures=\"\(failures)\" skipped=\"\(skipped)\" time=\"\(time)\""
  }

  private static func testCase(_ verdict: VerdictRecord) -> String {
    let contender = "\(verdict.kernel).\(verdict.variant)-\(verdict.pass)-\(verdict.precision)-\(verdict.threads)"
    let name = verdict.check == "case" ? verdict.case : "\(verdict.case): \(verdict.check)"
    let opening =
      "    <testcase classname=\"\(escaped(contender))\" name=\"\(escaped(name))\""
      + " time=\"\(seconds(verdict.seconds))\""
    let alone = verdict.passesByTolerance ? ", passes by that alone" : ""
    let terms = verdict.terms.map { "      <system-out>\(escaped($0 + alone))</system-out>\n" } ?? ""
    switch verdict.verdict {
    case .pass:
      return terms.isEmpty ? opening + "/>\n" : opening + ">\n\(terms)    </testcase>\n"
    case .refused, .mistrusted, .unjudged:
      let message = "\(verdict.verdict.word): \(verdict.reason)"
      return opening + ">\n      <skipped message=\"\(escaped(message))\"/>\n\(terms)    </testcase>\n"
    case .fail:
      let lines = verdict.diagnosis?.lines ?? []
      // Many show the message alone: what the failure looks like belongs there too.
      let cause = lines.first { $0.hasPrefix("looks like: ") }.map { "; " + $0 } ?? ""
      let body = ([verdict.reason] + lines + ["replay: \(verdict.replay)"]).map(escaped).joined(separator: "\n")
      let said = verdict.standardError.map { "      <system-err>\(escaped($0))</system-err>\n" } ?? ""
      return opening + ">\n      <failure type=\"\(verdict.verdict)\" message=\"\(escaped(verdict.reason + cause))\">"
        + "\(body)</failure>\n\(terms)\(said)    </testcase>\n"
    }
  }

  private static func seconds(_ value: Double) -> String { String(format: "%.3f", value.isFinite ? value : 0) }

  /// Text that is safe in elements and attributes. XML has no control characters, not even as references.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n": result += "&#10;"
      case "\t": result += "&#9;"
      case _ where scalar.value < 32 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
