import ArgumentParser
import Catalog
import Foundation
import Platform
import Reporting

/// `hippodrome report`
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Writes Markdown pages and plots from records.",
    discussion: """
      The same records give the same bytes. Where several runs measured the same, the newest counts.

      Examples:
        hippodrome report
        hippodrome report sweep.jsonl --output reports
      """)

  @Argument(help: "Files of records, or folders of them; this machine's folder in reports/results by default.")
  var records: [String] = []

  @Option(help: "The folder to write to.")
  var output = "reports"

  @Option(help: "The description of the peers, of which races that were not run are named.")
  var peers = "peers/peers.json"

  func run() throws {
    let machine = Environment.machine(isa: RunRecord.isa).id
    let places = records.isEmpty ? ["\(RunRecord.resultsFolder)/\(machine)"] : records
    for place in places where !FileManager.default.fileExists(atPath: place) {
      throw Failure.misuse("\(place): no such file or folder of records")
    }
    try OutputFolder(output).check()
    do {
      let inputs = try RecordStore.files(places.map { URL(fileURLWithPath: $0) })
      func write(_ data: Data, _ name: String) throws {
        try writeReport(data, name, in: output, apartFrom: inputs.map(\.path))
      }
      let contents = try RecordStore.read(inputs)
      for warning in contents.warnings { complain("\(warning)") }
      let isEmpty = contents.records.allSatisfy { record in
        switch record {
        case .verdict, .measurement, .accuracy: false
        case .run, .limit, .duel, .calibration: true
        }
      }
      guard !isEmpty else {
        throw Failure.misuse(
          "\(places.joined(separator: ", ")): no verdicts, measurements or accuracies among \(contents.records.count) records"
        )
      }
      let figures = FigureCommand.Figure.allCases
      let summaries = Dictionary(uniqueKeysWithValues: catalog.map { ($0.name, $0.summary) })
      let together = families.map { family in
        KernelFamily(
          name: family.name, title: family.title, kernels: family.kernels.map { $0.name },
          figures: figures.filter { $0.family == family.name }.map { ($0.file, $0.caption) })
      }
      let report = Report(
        contents.records, summaries: summaries, families: together, asked: try askedRaces(), showsPlots: true)
      for (name, plot) in report.plots().sorted(by: { $0.key < $1.key }) {
        try write(try Gnuplot.svg(plot), name)
      }
      let files = report.files()
      for (name, text) in files.sorted(by: { $0.key < $1.key }) {
        try write(Data(text.utf8), name)
        for figure in figures where name.hasSuffix("\(figure.family).md") {
          let folder = (name as NSString).deletingLastPathComponent
          try write(try Gnuplot.svg(figure.plot()), (folder as NSString).appendingPathComponent(figure.file))
        }
      }
    } catch let failure as RecordStore.Failure {
      throw Failure.misuse(failure.description)
    } catch let failure as Gnuplot.Failure {
      throw Failure.misuse(failure.description)
    }
  }
}

extension ReportCommand {
  /// The races that the description of the peers asks for; none where there is no such file.
  private func askedRaces() throws -> [AskedRace] {
    guard FileManager.default.fileExists(atPath: peers) else { return [] }
    let description = try PeersFile(contentsOf: peers)
    return try description.races.flatMap { course in
      let kernel = try hippodrome.kernel(named: course.kernel)
      let ways = kernel.variants.filter { course.precisions.contains($0.precision) }
        .filter { description.threads.contains($0.threads) }
      var seen: Set<String> = []
      return course.sizes.flatMap { size in
        ways.filter { seen.insert("\(size) \($0.pass) \($0.precision) \($0.threads)").inserted }.map {
          AskedRace(
            kernel: kernel.name, size: size, pass: $0.pass.rawValue, precision: $0.precision.rawValue,
            threads: $0.threads)
        }
      }
    }
  }
}

/// Writes a file of a report whole or not at all, and says where it is unless the standard output belongs to something else.
func writeReport(
  _ data: Data, _ name: String, in folder: String, apartFrom inputs: [String] = [], quietly: Bool = false
) throws {
  let path = (folder as NSString).appendingPathComponent(name)
  try OutputFile(path, apartFrom: inputs, makesFolders: true).write(data)
  if !quietly { say(path) }
}
