import Foundation
import Testing

@testable import Reporting

@Suite struct ReportTests {
  private var records: [Record] {
    var failed = Samples.verdict
    (failed.case, failed.verdict, failed.reason) = ("L9.h5", .fail, "y: row error 12 exceeds 4 at (1) | or so")
    (failed.errors, failed.replay) = ([Samples.error("y", 3)], "hippodrome verify toy.sum --case L9.h5")
    var law = Samples.verdict
    (law.case, law.check, law.origin) = ("L8", "adjoint", .law)
    var refused = Samples.verdict
    (refused.case, refused.verdict, refused.reason, refused.errors) = ("L7.h5", .refused, "needs L of 8", [])
    var untimed = Samples.measurement(L: 128)
    (untimed.verdict, untimed.reason, untimed.samples, untimed.worst) = (.refused, "needs L below 128", [], nil)
    (untimed.workspaceBytes, untimed.workspaceClaimed, untimed.peakBytes) = (nil, nil, nil)
    var sampled = Samples.measurement(L: 32, seconds: 4e-6)
    sampled.verified = "oracle on sampled rows"
    return [.run(Samples.run)] + [Samples.verdict, failed, law, refused].map(Record.verdict)
      + [
        Samples.measurement("reference", L: 8, seconds: 12e-6), Samples.measurement(L: 8),
        Samples.measurement("reference", L: 32, seconds: 48e-6), sampled,
        Samples.measurement("reference", L: 128, seconds: 192e-6), untimed,
      ].map(Record.measurement)
  }

  @Test func aKernelsPage() {
    let page = Report(records, summaries: ["toy.sum": "sums its input"]).files()["toy.sum.md"]
    #expect(
      page == """
        # toy.sum

        sums its input

        [All kernels](README.md).

        ## Which is best

        ### Best: forward, float

        - 1 thread, along L: `lanes` 8 to 32

        | size | threads | fastest | median [95 %] | of limit | × reference | run |
        | --- | ---: | --- | ---: | ---: | ---: | --- |
        | N2-L8 | 1 | `lanes` | 1.00 µs [0.98, 1.02] | 16 % compute | 12.0× | 2026-07-01T10:00:00Z |
        | N2-L32 | 1 | `lanes` | 4.00 µs [3.92, 4.08] | 16 % compute | 12.0× | 2026-07-01T10:00:00Z |

        AMD EPYC, 2 cores, 8 GiB, x86-64-v4, Debian GNU/Linux 12 (`amd-epyc-2-x86-64-v4`).

        - 2026-07-01T10:00:00Z: `hippodrome bench`, commit 0123456789ab, Swift 6.3.1

        - `lanes`: sums in lanes

        ## Correctness

        | variant | pass | precision | threads | passed | failed | refused | mistrusted | laws | worst error ÷ \
        bound | in case |
        | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |
        | `lanes` | forward | float | 1 | 1 | 1 | 1 | 0 | 1 / 1 | 3.00 | `L9.h5` |

        4 checks in 2.00 s.

        - `lanes` (forward, float, 1 thread) refused 1 check: needs L of 8

        `lanes` (forward, float, 1 thread), `L9.h5`: **fail**: y: row error 12 exceeds 4 at (1) | or so

        ```sh
        hippodrome verify toy.sum --case L9.h5
        ```

        ## Speed and memory

        ### forward, float, by L

        In every row: threads 1; run 2026-07-01T10:00:00Z.

        | size | variant | median [95 %] | GFLOP/s | of limit | × reference | error ÷ bound | workspace | \
        claimed | peak memory |
        | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
        | N2-L8 | reference | 12.0 µs [11.8, 12.2] | 0.13 | 1.3 % compute | – | 0.50 | 1.00 KiB | 1.00 KiB | \
        12.0 MiB |
        | N2-L8 | `lanes` | 1.00 µs [0.98, 1.02] | 1.60 | 16 % compute | 12.0× | 0.50 | 1.00 KiB | 1.00 KiB | \
        12.0 MiB |
        | N2-L32 | reference | 48.0 µs [47.0, 49.0] | 0.13 | 1.3 % compute | – | 0.50 | 1.00 KiB | 1.00 KiB | \
        12.0 MiB |
        | N2-L32 | `lanes` | 4.00 µs [3.92, 4.08] | 1.60 | 16 % compute | 12.0× | 0.50 | 1.00 KiB | \
        1.00 KiB | 12.0 MiB |
        | N2-L128 | reference | 192 µs [188, 196] | 0.13 | 1.3 % compute | – | 0.50 | 1.00 KiB | 1.00 KiB | \
        12.0 MiB |
        | N2-L128 | `lanes` | refused: needs L below 128 | – | – | – | – | – | – | – |

        Checked against the oracle on sampled rows: N2-L32.

        """)
  }

  @Test func theIndex() {
    let index = Report(records).files()["README.md"]!
    let table = index.split(separator: "\n").filter { $0.hasPrefix("|") }.joined(separator: "\n")
    #expect(index.hasPrefix("# Results\n\nAMD EPYC, 2 cores, 8 GiB, x86-64-v4, Debian GNU/Linux 12 (`amd"))
    #expect(
      table == """
        | kernel | pass | passed | failed | refused | mistrusted | fastest at the largest size | median | of limit \
        | × reference, mid-sweep | best peer ÷ ours, largest race | run |
        | --- | --- | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: | --- | --- |
        | [toy.sum](toy.sum.md) | forward | 2 | 1 | 1 | 0 | `lanes`, 1 thread, float at N2-L32 | 4.00 µs | 16 % compute | \
        12.0× | – | 2026-07-01T10:00:00Z |
        """)
  }

  /// Rows on two threads were measured by another run than those on one: each is compared with the reference of its own.
  @Test func ratiosAreOfOneRun() {
    var later = Samples.run
    (later.date, later.commit) = ("2026-07-02T10:00:00Z", "fedcba987654")
    var two = Samples.measurement(seconds: 2e-6)
    two.threads = 2
    let old = [Samples.measurement("reference", seconds: 8e-6), Samples.measurement(seconds: 4e-6), two]
    let new = [Samples.measurement("reference", seconds: 3e-6), Samples.measurement(seconds: 1e-6)]
    let again: [Record] = [.run(later)] + new.map(Record.measurement)
    for records in [Samples.records(old) + again, again + Samples.records(old)] {
      let page = Report(records).files()["toy.sum.md"]!
      #expect(
        page.contains("| N2-L8 | 1 | `lanes` | 1.00 µs [0.98, 1.02] | 16 % compute | 3.00× | \(later.date) |"))
      #expect(page.contains("| 2.00 µs [1.96, 2.04] | 8.0 % compute | 4.00× | \(Samples.run.date) |"))
      #expect(!page.contains("4.00 µs"), "what the newer run measured too")
    }
  }

  /// A run of one variant again does not take the place of a run of all.
  @Test func aPartReplacesNoWhole() {
    var later = Samples.run
    later.date = "2026-07-02T10:00:00Z"
    let whole = [Samples.measurement("reference", seconds: 8e-6), Samples.measurement(seconds: 4e-6)]
    let part: [Record] = [.run(later), .measurement(Samples.measurement(seconds: 1e-6))]
    let page = Report(Samples.records(whole) + part).files()["toy.sum.md"]!
    #expect(page.contains("4.00 µs") && !page.contains("1.00 µs"))
    // A size that the whole run lacks is shown from the part.
    let other: [Record] = [.run(later), .measurement(Samples.measurement(L: 64, seconds: 1e-6))]
    #expect(Report(Samples.records(whole) + other).files()["toy.sum.md"]!.contains("1.00 µs"))
  }

  @Test func longTablesAreFoldedAndConstantColumnsSaidOnce() {
    var table = Table(.text("a"), .number("b"), .text("c"))
    table.rows = (0..<13).map { ["\($0)", "same", $0 == 3 ? "x" : "y"] }
    let text = table.compact()
    #expect(
      text.hasPrefix("In every row: b same.\n\n<details><summary>13 rows</summary>\n\n| a | c |\n| --- | --- |\n"))
    #expect(text.hasSuffix("\n\n</details>\n") && table.compact(keeping: ["b"]).hasPrefix("<details>"))
  }

  @Test func onlyTheNewestMeasurementCounts() {
    var old = Samples.measurement(seconds: 5e-6, date: "2026-06-01T00:00:00Z")
    old.verified = "double reference"
    let new = Samples.measurement(seconds: 7e-6, date: "2026-07-02T00:00:00Z")
    let others: [Record] = [.run(Samples.run), .measurement(old)]
    let page = Report(others + [.measurement(new)]).files()["toy.sum.md"]
    #expect(page?.contains("7.00 µs [6.86, 7.14]") == true)
    #expect(page?.contains("5.00 µs") == false)
    #expect(Report([.run(Samples.run), .measurement(new), .measurement(old)]).files()["toy.sum.md"] == page)
  }

  @Test func aNewerRunsVerdictReplacesAnOlderOne() {
    var later = Samples.run
    (later.date, later.commit) = ("2026-07-02T00:00:00Z", "fedcba987654")
    var failed = Samples.verdict
    failed.verdict = .fail
    let records: [Record] = [.run(later), .verdict(Samples.verdict), .run(Samples.run), .verdict(failed)]
    let page = Report(records).files()["toy.sum.md"]!
    #expect(page.contains("| `lanes` | forward | float | 1 | 1 | 0 | 0 | 0 |"))
    #expect(page.contains("fedcba987654") && !page.contains("0123456789ab"))
  }

  @Test func machinesAreNotMixed() {
    var other = Samples.run
    other.machine.id = "arm-4"
    let records: [Record] = [
      .run(Samples.run), .measurement(Samples.measurement()), .run(other), .measurement(Samples.measurement()),
    ]
    let files = Report(records).files()
    #expect(
      files.keys.sorted() == [
        "README.md", "amd-epyc-2-x86-64-v4/README.md", "amd-epyc-2-x86-64-v4/toy.sum.md", "arm-4/README.md",
        "arm-4/toy.sum.md",
      ])
    #expect(
      files["README.md"] == """
        # Results

        - [amd-epyc-2-x86-64-v4](amd-epyc-2-x86-64-v4/README.md)
        - [arm-4](arm-4/README.md)

        """)
  }

  @Test func noRecordsAreAReportToo() {
    #expect(Report([]).files() == ["README.md": "# Results\n\nNo records.\n"])
    #expect(Report([.run(Samples.run)]).files().count == 1)
    let page = Report([.measurement(Samples.measurement())]).files()["toy.sum.md"]
    #expect(page?.contains("Machine and run are not recorded.") == true)
  }
}
