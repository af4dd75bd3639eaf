extension Record {
  /// What no run can have written, such as `samples[2] is -1.0, expected 0 or more`; nil where there is nothing of the kind.
  ///
  /// Pages rest on this: sums of counts do not overflow, and no number is NaN but an error. A time of 0 is another matter, which
  /// clocks and contenders do give: `MeasurementRecord.median` leaves it out.
  var flaw: String? {
    switch self {
    case .run(let line): line.flaw
    case .limit(let line): line.flaw
    case .verdict(let line): line.flaw
    case .measurement(let line): line.flaw
    case .duel(let line): line.flaw
    case .calibration(let line): line.flaw
    case .accuracy(let line): line.flaw
    }
  }
}

/// What is wrong with one value of a record, in words; nil of a possible one.
private enum Flaw {
  /// The greatest whole number up to which JSON's readers agree, and more bytes than any machine has.
  private static let most = 1 << 53

  static func first(_ flaws: String?...) -> String? { flaws.lazy.compactMap(\.self).first }

  static func count(_ value: Int?, _ name: String, from least: Int = 0) -> String? {
    guard let value, !(least...most).contains(value) else { return nil }
    return "\(name) is \(value), expected " + (value < least ? "\(least) or more" : "at most \(most)")
  }

  static func amount(_ value: Double?, _ name: String) -> String? {
    guard let value, !(value.isFinite && value >= 0) else { return nil }
    return "\(name) is \(value), expected 0 or more"
  }

  static func counts(_ values: [Int], _ name: String) -> String? {
    values.indices.lazy.compactMap { count(values[$0], "\(name)[\($0)]") }.first
  }

  static func amounts(_ values: [Double], _ name: String) -> String? {
    values.indices.lazy.compactMap { amount(values[$0], "\(name)[\($0)]") }.first
  }

  static func extents(_ values: [String: Int]) -> String? {
    values.sorted { $0.key < $1.key }.lazy.compactMap { count($0.value, "extents.\($0.key)") }.first
  }

  /// Pages and folders are named so.
  static func name(_ value: String, _ name: String) -> String? {
    guard value.isEmpty || value.hasPrefix(".") || value.contains("/") else { return nil }
    return "\(name) is '\(value)', expected a name"
  }
}

extension RunRecord {
  fileprivate var flaw: String? {
    Flaw.first(
      Flaw.name(machine.id, "machine.id"), Flaw.count(machine.cores, "machine.cores"),
      Flaw.count(machine.memoryBytes, "machine.memoryBytes"), Flaw.count(sweep?.rows, "sweep.rows"))
  }
}

extension LimitRecord {
  fileprivate var flaw: String? {
    Flaw.first(
      Flaw.count(threads, "threads", from: 1), Flaw.count(bytes, "bytes"), Flaw.count(capacity, "capacity"),
      Flaw.amount(amount, "amount"), Flaw.amounts(samples, "samples"))
  }
}

extension VerdictRecord {
  fileprivate var flaw: String? {
    Flaw.first(
      Flaw.name(kernel, "kernel"), Flaw.count(threads, "threads", from: 1), Flaw.amount(seconds, "seconds"),
      tolerance.flatMap { $0.isFinite && $0 >= 1 ? nil : "tolerance is \($0), expected 1 or more" })
  }
}

extension MeasurementRecord {
  fileprivate var flaw: String? {
    Flaw.first(
      Flaw.name(kernel, "kernel"), Flaw.count(threads, "threads", from: 1), Flaw.extents(extents),
      Flaw.amounts(samples, "samples"), Flaw.count(callsPerSample, "callsPerSample", from: 1),
      Flaw.count(workspaceBytes, "workspaceBytes"), Flaw.count(workspaceClaimed, "workspaceClaimed"),
      Flaw.count(peakBytes, "peakBytes"), Flaw.count(operandBytes, "operandBytes"),
      Flaw.amount(work.flops, "work.flops"), Flaw.amount(work.transcendentals, "work.transcendentals"),
      Flaw.amount(work.scalars, "work.scalars"), Flaw.amount(peakFlops, "peakFlops"),
      Flaw.amount(claims?.time?.value, "claims.time.value"),
      Flaw.amount(claims?.workspace?.value, "claims.workspace.value"), Flaw.count(row, "row"))
  }
}

extension AccuracyRecord {
  fileprivate var flaw: String? {
    if along.isEmpty { return "along is empty, expected an extent" }
    if operands.isEmpty || operands.contains(where: { $0.errors.isEmpty || $0.errors.count != $0.best.count }) {
      return "operands lack errors, expected as many as there are of the best"
    }
    return Flaw.first(
      Flaw.name(kernel, "kernel"), Flaw.count(threads, "threads", from: 1), Flaw.extents(extents))
  }
}

extension DuelRecord {
  fileprivate var flaw: String? {
    Flaw.first(
      Flaw.count(threads, "threads", from: 1), Flaw.counts(generations, "generations"),
      Flaw.count(callsPerSample, "callsPerSample", from: 1), Flaw.amount(seconds, "seconds"),
      Flaw.amount(extraWork, "extraWork"), base.flaw("base"), head.flaw("head"))
  }
}

extension DuelRecord.Side {
  fileprivate func flaw(_ name: String) -> String? {
    let ofSamples = samples.enumerated().lazy.compactMap { Flaw.amounts($1, "\(name).samples[\($0)]") }.first
    return Flaw.first(
      ofSamples, Flaw.counts(workspaceBytes, "\(name).workspaceBytes"), Flaw.counts(peakBytes, "\(name).peakBytes"))
  }
}

extension CalibrationRecord {
  fileprivate var flaw: String? {
    Flaw.first(
      Flaw.amount(budget, "budget"), Flaw.amount(slowdown, "slowdown"), Flaw.amount(seconds, "seconds"),
      Flaw.amounts(rows.map(\.slowdown), "rows.slowdown"))
  }
}
