import Testing

@testable import Reporting

private let family = KernelFamily(
  name: "toys", title: "Toys", kernels: ["toy.sum", "toy.mean", "toy.unknown"],
  figures: [(file: "toys.svg", caption: "toys at play")])

private func verdict(_ kernel: String, _ origin: VerdictRecord.Origin, _ verdict: Outcome, case name: String)
  -> Record
{
  var record = Samples.verdict
  (record.kernel, record.origin, record.verdict, record.case) = (kernel, origin, verdict, name)
  return .verdict(record)
}

private func measured(_ kernel: String, race: String? = nil, peer: Bool = false, seconds: Double) -> Record {
  var record = Samples.measurement(seconds: seconds)
  (record.kernel, record.race) = (kernel, race)
  if peer { (record.variant, record.software) = ("toybox", "Toy 1") }
  return .measurement(record)
}

private let records: [Record] = [
  .run(Samples.run), verdict("toy.sum", .fixture, .pass, case: "a"), verdict("toy.sum", .fixture, .fail, case: "b"),
  verdict("toy.sum", .golden, .pass, case: "c"), verdict("toy.mean", .golden, .fail, case: "d"),
  verdict("toy.mean", .fixture, .refused, case: "e"), measured("toy.sum", seconds: 1e-6),
  measured("toy.sum", race: "1", seconds: 1e-6), measured("toy.sum", race: "1", peer: true, seconds: 3e-6),
]

@Test func aFamilyHasAPageOfItsOwn() throws {
  let files = Report(records, families: [family], showsPlots: true).files()
  let page = try #require(files["toys.md"])
  #expect(page.contains("| [toy.sum](toy.sum.md) | forward | **1 of 2** | 1 | – | – | 0 | 0 | 0.25 |"))
  #expect(page.contains("| [toy.mean](toy.mean.md) | forward | – | **0 of 1** | – | – | 1 | 0 | 0.25 |"))
  #expect(page.contains("Of 2 cases that official implementations computed for 2 of these kernels, 1 pass in all"))
  #expect(page.contains("take them, 1 fail, and 0 are too easy"))
  #expect(page.contains("| [toy.sum](toy.sum.md) | forward | `lanes` at N2-L8 | 1.00 µs |"))
  #expect(
    page.contains("| [toy.sum](toy.sum.md) | forward | N2-L8 | `lanes` | 1.00 µs | `toybox` | 3.00× [3.00, 3.00] |"))
  #expect(page.contains("![toys at play](toys.svg)"))
  #expect(files["README.md"]?.contains("[Toys](toys.md): these kernels at a glance.") == true)
}

@Test func aFamilyOfOneKernelHasNone() {
  let alone = KernelFamily(name: "toys", title: "Toys", kernels: ["toy.sum"])
  #expect(Report(records, families: [alone]).files()["toys.md"] == nil)
}
