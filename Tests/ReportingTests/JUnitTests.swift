import Testing

@testable import Reporting

@Suite struct JUnitTests {
  @Test func verdictsAreTestCases() {
    var failed = Samples.verdict
    (failed.check, failed.verdict, failed.reason) = ("linear in u", .fail, "\"y\" <nan> &\nrow\u{1}")
    failed.replay = "hippodrome verify 'a&b'"
    var refused = Samples.verdict
    (refused.kernel, refused.verdict, refused.reason) = ("toy.max", .refused, "odd L")
    let records = [Samples.verdict, failed, refused].map(Record.verdict)
    #expect(
      JUnit.xml([.run(Samples.run)] + records) == """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites tests="3" failures="1" skipped="1" time="1.500">
          <testsuite name="toy.sum" tests="2" failures="1" skipped="0" time="1.000">
            <testcase classname="toy.sum.lanes-forward-float-1" name="L8.h5" time="0.500"/>
            <testcase classname="toy.sum.lanes-forward-float-1" name="L8.h5: linear in u" time="0.500">
              <failure type="fail" message="&quot;y&quot; &lt;nan&gt; &amp;&#10;row\u{FFFD}">\
        &quot;y&quot; &lt;nan&gt; &amp;&#10;row\u{FFFD}
        replay: hippodrome verify 'a&amp;b'</failure>
            </testcase>
          </testsuite>
          <testsuite name="toy.max" tests="1" failures="0" skipped="1" time="0.500">
            <testcase classname="toy.max.lanes-forward-float-1" name="L8.h5" time="0.500">
              <skipped message="refused: odd L"/>
            </testcase>
          </testsuite>
        </testsuites>

        """)
  }

  /// What a failure looks like is in its message and in its body, and what a program said beside it.
  @Test func diagnosesAreShown() {
    var failed = Samples.verdict
    (failed.verdict, failed.reason, failed.replay) = (.fail, "y: off", "hippodrome verify x")
    failed.diagnosis = DiagnosisRecord(
      lines: ["y[l=3] is 1, expected 2: 5 times its bound", "looks like: zeros (leaves 0 % of the error)"],
      faults: [],
      right: [])
    failed.standardError = "first\nlast <line>"
    var skipped = Samples.verdict
    (skipped.check, skipped.verdict, skipped.reason) = ("causal along L", .unjudged, "a call by itself fails already")
    let text = JUnit.xml([failed, skipped].map(Record.verdict))
    #expect(
      text.contains("message=\"y: off; looks like: zeros (leaves 0 % of the error)\">y: off\ny[l=3] is 1, expected 2")
    )
    #expect(text.contains("<system-err>first&#10;last &lt;line&gt;</system-err>"))
    #expect(text.contains("failures=\"1\" skipped=\"1\""))
    #expect(text.contains("<skipped message=\"not judged: a call by itself fails already\"/>"))
  }

  /// What a kernel from outside was judged by in place of the suite's own rule stands with each of its verdicts.
  @Test func otherTermsAreSaid() {
    let error = OperandError(
      operand: "y", global: Deviation(error: 3, bound: 2), row: Deviation(error: 1, bound: 2),
      element: Deviation(error: 1, bound: 2))
    var tolerated = Samples.verdict
    (tolerated.tolerance, tolerated.errors) = (4, [error])
    var failed = tolerated
    (failed.verdict, failed.repeatsWithinBound) = (.fail, true)
    let text = JUnit.xml([tolerated, failed].map(Record.verdict))
    #expect(
      text.contains("<system-out>judged at 4 times the bound, passes by that alone</system-out>\n    </testcase>"))
    #expect(
      text.contains(
        "<system-out>judged at 4 times the bound, repeated calls may differ within the bound</system-out>"))
    #expect(
      [tolerated, failed].otherTerms.contains("1 check judged at 4 times the bound; 1 of them pass by that alone"))
    #expect([Samples.verdict].otherTerms.isEmpty)
  }

  @Test func noVerdictsAreADocumentToo() {
    #expect(
      JUnit.xml([.run(Samples.run)]) == """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites tests="0" failures="0" skipped="0" time="0.000">
        </testsuites>

        """)
  }
}
