import ArgumentParser
import Catalog
import Fixtures
import Foundation
import Harness
import KernelSpec
import Messages
import Reporting

/// `hippodrome peers`
struct Peers: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Races variants against the same kernels in other libraries, interleaved and on equal terms.",
    discussion: """
      Peers are described in peers/peers.json; `make peers` installs what they need. What a peer cannot do costs its own row. \
      `hippodrome report` makes reports/peers.md of the records. Exit codes: 0 done, 1 a variant was wrong, 2 misuse.

      Examples:
        hippodrome peers s4d.filter --precision float
        hippodrome peers --dry-run
      """)

  @Argument(help: "Kernels; all that the file has by default.", completion: .kernels)
  var kernels: [String] = []

  @Option(help: "The description of the peers and of what they are raced at.")
  var file = "peers/peers.json"

  @Option(help: "Only peers of this name; may be repeated.")
  var peer: [String] = []

  @OptionGroup var choice: Choice

  @Option(
    help:
      "Append the measurements to this file of records; reports/results/<machine>/<date>-<commit>.jsonl by default.")
  var records: String?

  @Option(help: "How many samples are wanted of each contender.")
  var samples = 15

  @Option(help: "Seconds after which a contender that has given three samples rests.")
  var contenderSeconds = 2.0

  @Option(help: "Seconds that a peer may take for an answer, compiling included.")
  var patience = 180.0

  @Flag(help: "Print what would be raced, and how long it would take at least, and race nothing.")
  var dryRun = false

  /// One size of one kernel, in one pass and precision.
  private struct Event {
    let kernel: any Kernel.Type
    let size: Size
    let pass: Pass
    let precision: Precision
    /// Who takes part, by number of threads.
    let heats: [[Entrant]]
  }

  func run() throws {
    if !dryRun { try refuseDebugBuild() }
    let events = try self.events()
    if dryRun { return show(events) }
    var effort = Effort()
    (effort.samples, effort.contenderSeconds, effort.pauseSeconds) = (samples, contenderSeconds, 0.01)
    let output = try MeasurementOutput(json: false, records: records, apartFrom: [file])
    var isRight = true
    var raced = (variants: 0, peers: 0)
    for (index, event) in events.enumerated() {
      output.begin(event.kernel.name, event.size, event.pass, event.precision, "\(index + 1) of \(events.count)")
      try race(event.kernel, event, effort, output) { result in
        if !result.samples.isEmpty { if result.software == nil { raced.variants += 1 } else { raced.peers += 1 } }
        // Peers have verdicts, but are not ours to fail for.
        if result.software == nil, case .fail = result.outcome { isRight = false }
      }
    }
    try output.finish()
    if raced.variants == 0 || raced.peers == 0 {
      throw Failure.misuse(
        "nothing was compared: \(raced.variants) variants and \(raced.peers) peers gave times, expected some of both")
    }
    if !isRight { throw Failure(code: 1, line: nil) }
  }

  /// What is to be raced, with everything checked that can be before minutes are spent.
  private func events() throws -> [Event] {
    guard samples >= 3 else { throw Failure.misuse("--samples is \(samples), expected at least 3") }
    guard contenderSeconds > 0, patience > 0 else {
      throw Failure.misuse("--contender-seconds and --patience must be positive")
    }
    let peers = try PeersFile(contentsOf: file)
    let names = Set(peers.races.flatMap(\.peers))
    for name in peer where !names.contains(name) {
      throw Failure.misuse(unknown("peer", name, expected: names.sorted()))
    }
    let named = try hippodrome.kernels(named: kernels)
    try choice.check(against: named)
    let chosen = Set(named.map { $0.name })
    let raced = peers.races.map(\.kernel).uniqued()
    for kernel in kernels where !raced.contains(kernel) {
      throw Failure.misuse("\(file): no races of \(kernel), expected some of \(raced.joined(separator: ", "))")
    }
    for count in choice.threads where !peers.threads.contains(count) {
      let known = peers.threads.map(String.init).joined(separator: ", ")
      throw Failure.misuse("\(file): no races on \(count) threads, expected \(known)")
    }
    var events: [Event] = []
    for course in peers.races {
      let kernel = try hippodrome.kernel(named: course.kernel)
      guard chosen.contains(kernel.name) else { continue }
      for text in course.sizes {
        let size = try size(kernel, text)
        guard choice.selection.includes(size) else { continue }
        for pass in Pass.allCases {
          for precision in course.precisions {
            let heats = peers.threads.map { heat(kernel, pass, precision, $0, course, peers) }.filter { !$0.isEmpty }
            if !heats.isEmpty {
              events.append(Event(kernel: kernel, size: size, pass: pass, precision: precision, heats: heats))
            }
          }
        }
      }
    }
    guard !events.isEmpty else { throw choice.leavesNothing(to: "race") }
    guard events.contains(where: { $0.heats.joined().contains { $0.kind == .peer } }) else {
      throw Failure.misuse(
        "the selection leaves no peer to race, expected kernels with \(peer.isEmpty ? "peers" : peer.joined(separator: ", ")) in \(file)"
      )
    }
    for program in peers.programs where program.command[0].contains("/") && !dryRun {
      guard FileManager.default.isExecutableFile(atPath: program.command[0]) else {
        throw Failure.misuse("\(program.command[0]): no such program; `make peers` installs what peers need")
      }
    }
    return events
  }

  /// Prints the rows of events, and how long they take. How long peers take to start and to compile is theirs to know.
  private func show(_ events: [Event]) {
    var count = 0
    var seconds = 0.0
    for event in events {
      let rows = event.heats.joined()
      count += rows.count
      seconds +=
        Double(rows.count) * contenderSeconds
        + min(event.kernel.accuracySeconds(event.size, event.pass) / 2, 10)
      let names = rows.map { SweepGroup.contender($0.name, $0.threads) }.joined(separator: ", ")
      say("\(event.kernel.name) \(event.size) \(event.pass.rawValue) \(event.precision.rawValue): \(names)")
    }
    say(
      "\(count) rows in \(events.count) races: \(Seconds(seconds).text), and what peers take to start and to compile")
  }

  private func size(_ kernel: any Kernel.Type, _ text: String) throws -> Size {
    do throws(Misfit) {
      let size = try kernel.signature.size(text)
      try Case.checkMemory(kernel.signature, size)
      return size
    } catch {
      throw Failure.misuse("\(file): \(kernel.name): \(error)")
    }
  }

  /// The variants and peers on some threads; none without variants, since there would be nobody to compare peers with.
  private func heat(
    _ kernel: any Kernel.Type, _ pass: Pass, _ precision: Precision, _ threads: Int, _ course: PeersFile.Course,
    _ peers: PeersFile
  ) -> [Entrant] {
    let variants = kernel.variants.filter {
      $0.pass == pass && $0.precision == precision && $0.threads == threads && choice.selection.includes($0)
    }
    guard !variants.isEmpty else { return [] }
    let command = Affinity.pinned([executablePath(), "contender"], cores: threads)
    let wanted = course.peers.filter { peer.isEmpty || peer.contains($0) }
    return variants.map { Entrant($0.name, .own, threads: threads, command: command) }
      + wanted.map { peers.entrant($0, threads: threads, patience: patience) }
  }

  /// Races an event, and hands over each result once it is kept.
  private func race<K: Kernel>(
    _ kernel: K.Type, _ event: Event, _ effort: Effort, _ output: MeasurementOutput, _ look: (RaceResult) -> Void
  ) throws {
    let race = Race(
      kernel, event.size, event.pass, event.precision, effort: effort, command: [executablePath(), "contender"])
    let names = event.heats.map { _ in UUID().uuidString }
    try race.run(heats: event.heats) { heat, result in
      try output.deliver(result, kernel, event.size, race: names[heat])
      look(result)
    }
    names.forEach(output.conclude)
  }
}
