import Foundation
import Harness
import KernelSpec
import Limits
import Reporting

/// A limit to be measured, and where in memory it is.
struct MachineLimit {
  let trial: LimitTrial
  var level: String?
  var capacity: Int?

  /// The limits that these variants are subject to: operations in their precisions, and the bandwidths of all levels that the
  /// system describes and of memory, on as many threads.
  static func all(for variants: [Variant], levels: [CacheLevel] = CacheLevel.detected()) -> [MachineLimit] {
    let precisions = Precision.allCases.filter { precision in variants.contains { $0.precision == precision } }
    let system = ProcessInfo.processInfo
    let cores = system.activeProcessorCount, memory = Int(clamping: system.physicalMemory)
    return Set(variants.map(\.threads)).sorted().flatMap { threads in
      let operations = ["multiply-add", "exp"].flatMap { name in
        precisions.map { MachineLimit(trial: LimitTrial(name, precision: $0, threads: threads)) }
      }
      // Stores past the caches are for memory: a nearer level is not what they would measure.
      let cached = levels.flatMap { level in
        Traffic.allCases.filter { $0 != .stream }.map { traffic in
          MachineLimit(
            trial: LimitTrial(traffic.rawValue, threads: threads, bytes: level.workingSet(threads: threads)),
            level: level.name, capacity: level.capacity(threads: threads, cores: cores))
        }
      }
      let bytes = CacheLevel.beyond(levels, threads: threads, cores: cores, memory: memory)
      let beyond = Traffic.allCases.map { traffic in
        MachineLimit(
          trial: LimitTrial(traffic.rawValue, threads: threads, bytes: bytes), level: LimitRecord.memory)
      }
      return operations + cached + beyond
    }
  }

  /// What was measured of it, as a record.
  func record(_ result: LimitResult, date: String) -> LimitRecord {
    LimitRecord(
      name: trial.name, precision: trial.precision?.rawValue, threads: trial.threads, level: level,
      bytes: trial.bytes,
      capacity: capacity, amount: result.amount, samples: result.samples, date: date)
  }
}

extension MeasurementOutput {
  /// Measures the limits of the machine that these variants are subject to, before the variants themselves: a few seconds.
  func measureLimits(for variants: [Variant]) throws {
    let wanted = MachineLimit.all(for: variants)
    let race = LimitRace(command: [executablePath(), "contender"])
    let results = try race.run(wanted.map(\.trial)) { progress.show("limits of the machine, round \($0 + 1)") }
    let date = Environment.date()
    try deliver(zip(wanted, results).map { $0.record($1, date: date) })
  }
}

extension MachineLimits {
  /// The limits in files of records or folders of them, for comparison: what is missing or cannot be read is left out.
  static func kept(in places: [String]) -> MachineLimits {
    let marker = Data(#""kind":"limit""#.utf8), newline = UInt8(ascii: "\n")
    let files = places.flatMap { place in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
      return [place] + names.filter { $0.hasSuffix(".jsonl") }.map { "\(place)/\($0)" }
    }
    return MachineLimits(
      files.flatMap { path -> [LimitRecord] in
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else { return [] }
        return data.split(separator: newline).compactMap { line in
          guard line.range(of: marker) != nil,
            case .limit(let record)? = try? JSONDecoder().decode(Record.self, from: line)
          else { return nil }
          return record
        }
      })
  }
}
