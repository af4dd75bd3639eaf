/// One machine's records, of which only the newest of each kind of line counts.
struct Ledger: Sendable {
  /// The machine's id; `unknown` for records that no run precedes.
  let machine: String
  /// All its runs, oldest first.
  let runs: [RunRecord]
  /// The newest verdict for each check.
  let verdicts: [Entry<VerdictRecord>]
  /// The measurements that pages show: those of one size, pass, precision and number of threads come from one run. See `Selection`.
  let measurements: [Entry<MeasurementRecord>]
  /// The reference's measurements of all runs, with which variants of the same run are compared.
  private let references: [Entry<MeasurementRecord>]
  /// The measurements of races with peers: of each kernel, size, pass, precision and number of threads those of the newest race.
  let races: [Entry<MeasurementRecord>]
  /// The newest accuracy for each variant, size and series.
  let accuracies: [Entry<AccuracyRecord>]
  /// The limits that each run measured, by its index of `runs`.
  private let limits: [Int: MachineLimits]

  /// A record and the run that made it, an index of `runs`.
  struct Entry<Line: Sendable>: Sendable {
    let line: Line
    let run: Int?
    /// The run that this one goes on from; itself where it goes on from none.
    var whole: Int?

    init(line: Line, run: Int?) { (self.line, self.run, whole) = (line, run, run) }
  }

  /// The records of each machine, in order of ids. Times on two machines are never compared.
  static func sorted(_ records: [Record]) -> [Ledger] {
    var books: [String: [(record: Record, run: RunRecord?)]] = [:]
    var run: RunRecord?
    for record in records {
      if case .run(let next) = record { run = next }
      books[run?.machine.id ?? "unknown", default: []].append((record, run))
    }
    return books.sorted { $0.key < $1.key }.map { Ledger(machine: $0.key, $0.value) }
  }

  private init(machine: String, _ records: [(record: Record, run: RunRecord?)]) {
    self.machine = machine
    var runs: [RunRecord] = []
    for (_, run) in records {
      if let run, !runs.contains(run) { runs.append(run) }
    }
    runs = runs.stablySorted { $0.date < $1.date }
    var verdicts = Newest<VerdictRecord>()
    var measured: [Entry<MeasurementRecord>] = []
    var limits: [Int: [LimitRecord]] = [:]
    var raced: [Entry<MeasurementRecord>] = []
    var accuracies = Newest<AccuracyRecord>()
    for (record, run) in records {
      let index = run.flatMap(runs.firstIndex)
      switch record {
      case .run, .duel, .calibration: break
      case .limit(let line):
        if let index { limits[index, default: []].append(line) }
      case .verdict(let line):
        verdicts.add(Entry(line: line, run: index), [line.case, line.check] + line.contender, date: run?.date ?? "")
      case .measurement(let line):
        if line.race != nil { raced.append(Entry(line: line, run: index)); continue }
        measured.append(Entry(line: line, run: index))
      case .accuracy(let line):
        accuracies.add(Entry(line: line, run: index), line.contender + line.along + [line.size], date: line.date)
      }
    }
    self.runs = runs
    self.verdicts = verdicts.entries
    let selection = Selection(measured, sameAs: Self.wholes(runs))
    self.measurements = selection.entries
    references = selection.all.filter(\.line.isReference)
    self.accuracies = accuracies.entries
    self.limits = limits.mapValues { MachineLimits($0) }
    races = Self.newest(raced)
  }

  /// For each run the first that it goes on from: a sweep that was interrupted, or measured in parts, is one run.
  private static func wholes(_ runs: [RunRecord]) -> [Int] {
    runs.indices.map { index in
      let run = runs[index]
      guard run.sweep?.shard != nil || run.command.contains("--resume") else { return index }
      return runs[..<index].firstIndex { $0.sweep != nil && $0.conflict(with: run) == nil } ?? index
    }
  }

  /// The reference at the size, pass and precision of a measurement, in the same run.
  func reference(of entry: Entry<MeasurementRecord>) -> MeasurementRecord? {
    references.first {
      $0.whole == entry.whole && $0.line.kernel == entry.line.kernel && $0.line.size == entry.line.size
        && $0.line.pass == entry.line.pass && $0.line.precision == entry.line.precision
    }?.line
  }

  /// Ratios compare contenders of one race, so that races are kept or dropped as a whole.
  private static func newest(_ raced: [Entry<MeasurementRecord>]) -> [Entry<MeasurementRecord>] {
    func course(_ line: MeasurementRecord) -> [String] {
      [line.kernel, line.size, line.pass, line.precision, "\(line.threads)"]
    }
    var newest: [[String]: (race: String?, date: String)] = [:]
    for entry in raced where entry.line.date >= newest[course(entry.line)]?.date ?? "" {
      newest[course(entry.line)] = (entry.line.race, entry.line.date)
    }
    return raced.filter { newest[course($0.line)]?.race == $0.line.race }
  }

  /// How near to the limits of its own run a measurement is. What another run measured of the machine is no bound of this one.
  func standing(of entry: Entry<MeasurementRecord>) -> Standing? {
    (entry.run.flatMap { limits[$0] } ?? MachineLimits()).standing(of: entry.line)
  }

  /// The date of the run that a race is of, by which pages name runs.
  func run(ofRace race: String?) -> String {
    races.first { $0.line.race == race }?.run.map { runs[$0].date } ?? Units.none
  }

  /// What the newest run that measured limits found, and that run.
  var newestLimits: (run: RunRecord, limits: MachineLimits)? {
    limits.keys.max().map { (runs[$0], limits[$0]!) }
  }

  /// The limits that a run measured; nil where it measured none.
  func limits(ofRun run: Int) -> MachineLimits? { limits[run] }

  /// The kernels that have a record, by name.
  var kernels: [String] {
    Set(verdicts.map(\.line.kernel) + measurements.map(\.line.kernel) + accuracies.map(\.line.kernel)).sorted()
  }

  /// Keeps the newest entry of each key, in the order in which the keys first came. Of equally old ones the last
  /// counts.
  struct Newest<Line: Sendable> {
    private(set) var entries: [Entry<Line>] = []
    private var dates: [String] = []
    private var places: [[String]: Int] = [:]

    mutating func add(_ entry: Entry<Line>, _ key: [String], date: String) {
      guard let place = places[key] else {
        places[key] = entries.count
        entries.append(entry)
        dates.append(date)
        return
      }
      guard date >= dates[place] else { return }
      entries[place] = entry
      dates[place] = date
    }
  }
}

extension VerdictRecord {
  /// What tells contenders apart.
  var contender: [String] { [kernel, variant, pass, precision, "\(threads)"] }
}

extension MeasurementRecord {
  /// What tells contenders apart.
  var contender: [String] { [kernel, variant, pass, precision, "\(threads)"] }

  /// What tells measurements apart, of which the newest counts.
  var key: [String] { [size] + contender }

  /// Whether it is the reference, against which variants are compared.
  var isReference: Bool { variant == "reference" }
}

extension Sequence {
  /// Sorts and keeps the order of equal elements.
  func stablySorted(by areInOrder: (Element, Element) -> Bool) -> [Element] {
    enumerated().sorted {
      areInOrder($0.element, $1.element) || !areInOrder($1.element, $0.element) && $0.offset < $1.offset
    }.map(\.element)
  }

  /// The distinct keys, in the order in which they first come.
  func distinct<Key: Hashable>(_ key: (Element) -> Key) -> [Key] {
    var seen: Set<Key> = []
    return map(key).filter { seen.insert($0).inserted }
  }
}
