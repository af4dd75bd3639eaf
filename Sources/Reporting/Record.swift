import Foundation

/// One line of results: a run's circumstances, a limit of the machine, a verdict or a measurement.
///
/// A line is a JSON object with sorted keys, `"schema": 1` and a `"kind"`. Numbers that JSON has no word for are the
/// strings `"inf"`, `"-inf"` and `"nan"`. The other kinds belong to the run whose line precedes them.
public enum Record: Sendable, Equatable {
  /// Where and how the records that follow were made.
  case run(RunRecord)
  /// What the machine can do at best of one thing.
  case limit(LimitRecord)
  /// Whether a variant is right in one case.
  case verdict(VerdictRecord)
  /// How fast and how large a variant is at one size.
  case measurement(MeasurementRecord)
  /// One variant in two builds, measured in turns.
  case duel(DuelRecord)
  /// What a gate said where the truth is known.
  case calibration(CalibrationRecord)
  /// How accurate a variant is at one size.
  case accuracy(AccuracyRecord)

  /// The layout of lines that this code reads and writes.
  public static let schema = 1

  /// The line, without a newline.
  public var line: Data {
    get throws { try Self.encoder().encode(self) }
  }

  /// Reads a line back.
  public init(line: Data) throws {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    self = try decoder.decode(Record.self, from: line)
  }

  /// The records as one JSON array, a record to a line.
  public static func json(_ records: [Record]) throws -> String {
    let lines = try records.map { String(decoding: try $0.line, as: UTF8.self) }
    return lines.isEmpty ? "[]\n" : "[\n" + lines.joined(separator: ",\n") + "\n]\n"
  }

  private static func encoder() -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }
}

extension Record: Codable {
  private enum Key: String, CodingKey { case schema, kind }
  private enum Kind: String, Codable { case run, limit, verdict, measurement, duel, calibration, accuracy }

  /// Reads the schema and the kind first: a line of another schema is an error, not a guess.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let schema = try container.decode(Int.self, forKey: .schema)
    guard schema == Self.schema else {
      throw DecodingError.dataCorruptedError(
        forKey: .schema, in: container, debugDescription: "schema is \(schema), expected \(Self.schema)")
    }
    self =
      switch try container.decode(Kind.self, forKey: .kind) {
      case .run: .run(try RunRecord(from: decoder))
      case .limit: .limit(try LimitRecord(from: decoder))
      case .verdict: .verdict(try VerdictRecord(from: decoder))
      case .measurement: .measurement(try MeasurementRecord(from: decoder))
      case .duel: .duel(try DuelRecord(from: decoder))
      case .calibration: .calibration(try CalibrationRecord(from: decoder))
      case .accuracy: .accuracy(try AccuracyRecord(from: decoder))
      }
  }

  /// Writes schema and kind beside the record's own keys, in one object.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(Self.schema, forKey: .schema)
    switch self {
    case .run(let record):
      try container.encode(Kind.run, forKey: .kind)
      try record.encode(to: encoder)
    case .limit(let record):
      try container.encode(Kind.limit, forKey: .kind)
      try record.encode(to: encoder)
    case .verdict(let record):
      try container.encode(Kind.verdict, forKey: .kind)
      try record.encode(to: encoder)
    case .measurement(let record):
      try container.encode(Kind.measurement, forKey: .kind)
      try record.encode(to: encoder)
    case .duel(let record):
      try container.encode(Kind.duel, forKey: .kind)
      try record.encode(to: encoder)
    case .calibration(let record):
      try container.encode(Kind.calibration, forKey: .kind)
      try record.encode(to: encoder)
    case .accuracy(let record):
      try container.encode(Kind.accuracy, forKey: .kind)
      try record.encode(to: encoder)
    }
  }
}
