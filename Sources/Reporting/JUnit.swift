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

  /// What was refused or mistrusted did not fail, as for the command's exit code; but it did not pass either.
  private static func counts(_ verdicts: [VerdictRecord]) -> String {
    let failures = verdicts.count { $0.verdict == .fail }
    let skipped = verdicts.count { $0.verdict == .refused || $0.verdict == .mistrusted }
    let time = seconds(verdicts.map(\.seconds).reduce(0, +))
    return " tests=\"\(verdicts.count)\" failures=\"\(failures)\" skipped=\"\(skipped)\" time=\"\(time)\""
  }

  private static func testCase(_ verdict: VerdictRecord) -> String {
    let contender = "\(verdict.kernel).\(verdict.variant)-\(verdict.pass)-\(verdict.precision)-\(verdict.threads)"
    let name = verdict.check == "case" ? verdict.case : "\(verdict.case): \(verdict.check)"
    let opening =
      "    <testcase classname=\"\(escaped(contender))\" name=\"\(escaped(name))\""
      + " time=\"\(seconds(verdict.seconds))\""
    switch verdict.verdict {
    case .pass:
      return opening + "/>\n"
    case .refused, .mistrusted:
      let message = "\(verdict.verdict): \(verdict.reason)"
      return opening + ">\n      <skipped message=\"\(escaped(message))\"/>\n    </testcase>\n"
    case .fail:
      return opening + ">\n      <failure type=\"\(verdict.verdict)\" message=\"\(escaped(verdict.reason))\">"
        + "\(escaped(verdict.reason))\nreplay: \(escaped(verdict.replay))</failure>\n    </testcase>\n"
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
