import Fixtures
import Foundation
import KernelSpec
import Numerics
import Tensors
import Testing

@testable import Harness

/// A contender in Python's standard library that answers from `Script.reply`, and writes what a file made beforehand holds.
///
/// Its name says how it behaves, as a peer's behaviour does not depend on who asks.
private let contender = """
  import json, shutil, sys, time
  folder, name = sys.argv[1], None
  stated = {
      "twentieth": lambda taken: taken / 20, "half": lambda taken: taken / 2, "zero": lambda taken: 0,
      "double": lambda taken: 2 * taken, "eternal": lambda taken: 1e300, "negative": lambda taken: -taken,
  }
  for line in sys.stdin:
      request = json.loads(line)
      name = request.get("variant", name)
      if name == "crashing" and "run" in request: sys.exit(3)
      if name == "silent" and "run" in request: time.sleep(60)
      if name == "chatty": reply = "ready"
      elif "prepare" in request and name == "missing": reply = {"refused": "there is no missing"}
      elif "prepare" in request: reply = {"ready": True, "operands": 8, "version": "Toy 1", "idea": "a toy"}
      elif "limit" in request: reply = {"ready": True, "amount": 1000}
      elif "write" in request:
          shutil.copy(f"{folder}/{name}.h5", request["write"])
          reply = {"written": request["write"]}
      else:
          begin = time.perf_counter()
          time.sleep(0.004 * request.get("run", 1))
          taken = time.perf_counter() - begin
          reply = {"seconds": stated.get(name, lambda taken: taken)(taken), "peak": 4096}
      print(json.dumps(reply), flush=True)
  """

private let size = try! RunningMean.signature.size("B2-L9")
private let python = "/usr/bin/env"

/// Races contenders of these names, all with the right results but for those that `spoil` changes.
private func race(
  _ names: [String], _ kind: Entrant.Kind, effort: Effort = quick,
  spoil: [String: (inout Operands<Double>) -> Void] = [:]
) throws -> [String: RaceResult] {
  let folder = NSTemporaryDirectory() + "race-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  // The operands that the race will draw.
  var generator = SeededGenerator("\(RunningMean.name) \(size)", seed: 0)
  let inputs = RunningMean.signature.drawn(size, using: &generator).converted(to: Float.self)
  for name in names {
    var outputs: Operands<Double> = RunningMean.reference(inputs, size).converted()
    spoil[name]?(&outputs)
    var file = CaseFile(kernel: RunningMean.name, source: "a test")
    file.outputs = outputs
    try file.write(to: "\(folder)/\(name).h5")
  }
  let command = [python, "python3", "-c", contender, folder]
  let race = Race(RunningMean.self, size, .forward, .float, effort: effort, command: command)
  var results: [String: RaceResult] = [:]
  try race.run(heats: [names.map { Entrant($0, kind, threads: 1, command: command, patience: 5) }]) { heat, result in
    #expect(heat == 0)
    results[result.variant] = result
  }
  return results
}

private let quick: Effort = {
  var effort = Effort()
  effort.samples = 4
  return effort
}()

/// Multiplies every scalar.
private func scale(_ factor: Double) -> (inout Operands<Double>) -> Void {
  { outputs in
    for name in outputs.names {
      let operand = outputs[name]!
      outputs[name] = Operand(
        shape: operand.shape, isComplex: operand.isComplex, scalars: operand.scalars.map { $0 * factor })
    }
  }
}

@Test func aPeerThatIsRightIsTimedAndSaysWhatItIs() throws {
  let result = try #require(try race(["right"], .peer)["right"])
  #expect(result.outcome == .pass && result.samples.count == 4 && result.isSane)
  #expect(result.software == "Toy 1" && result.idea == "a toy" && result.peak == 4096)
}

@Test func aPeerOverTheBoundIsTimedAndItsVerdictSaysSo() throws {
  let result = try #require(try race(["coarse"], .peer, spoil: ["coarse": scale(1.005)])["coarse"])
  #expect(result.outcome.word == "fail" && result.isSane && result.samples.count == 4)
  #expect(result.findings.allSatisfy { $0.share > 1 })
}

@Test func whatComputesSomethingElseIsNotTimed() throws {
  let peers = try race(["other", "nan"], .peer, spoil: ["other": scale(1.02), "nan": scale(.nan)])
  #expect(peers["other"]!.outcome.word == "fail" && peers["other"]!.samples.isEmpty)
  #expect(peers["nan"]!.outcome.word == "fail" && peers["nan"]!.samples.isEmpty)
}

@Test func anOwnVariantOverTheBoundIsNotTimed() throws {
  let result = try #require(try race(["coarse"], .own, spoil: ["coarse": scale(1.005)])["coarse"])
  #expect(result.outcome.word == "fail" && result.samples.isEmpty && result.software == nil)
}

/// What goes wrong in one costs its own row only.
@Test func aPeerThatFailsEndsItsOwnPartOnly() throws {
  let shapeless: (inout Operands<Double>) -> Void = {
    $0["x"] = Operand(shape: [3], isComplex: false, scalars: [0, 0, 0])
  }
  let incomplete: (inout Operands<Double>) -> Void = { $0["x"] = nil }
  let results = try race(
    ["crashing", "missing", "chatty", "shapeless", "incomplete", "right"], .peer,
    spoil: ["shapeless": shapeless, "incomplete": incomplete])
  #expect(results["right"]!.samples.count == 4)
  for (name, outcome) in [
    ("crashing", Outcome.fail("the process ended: exit code 3")),
    ("missing", .refused("there is no missing")),
    (
      "chatty",
      .fail(
        "the contender answered '\"ready\"', expected a JSON object: wrong type, expected an object, found a text")
    ),
    ("shapeless", .fail("outputs/x: expected (2) ℝ, found (3) ℝ")),
    ("incomplete", .fail("outputs/x: expected (2) ℝ, found nothing")),
  ] {
    #expect(results[name]!.outcome == outcome && results[name]!.samples.isEmpty, "\(name)")
  }
}

@Test func aPeerThatIsSilentLosesItsPatience() throws {
  let command = [python, "python3", "-c", contender, "/nonexistent"]
  let race = Race(RunningMean.self, size, .forward, .float, effort: quick, command: command)
  var outcomes: [Outcome] = []
  try race.run(heats: [[Entrant("silent", .peer, threads: 1, command: command, patience: 0.5)]]) {
    outcomes.append($1.outcome)
  }
  #expect(outcomes == [.fail("no answer within 0.5 s")])
}

@Test func aCommandThatIsNotThereIsItsOwnVerdict() throws {
  let race = Race(RunningMean.self, size, .forward, .float, effort: quick, command: ["/nonexistent"])
  var outcomes: [Outcome] = []
  try race.run(heats: [[Entrant("absent", .peer, threads: 1, command: ["/nonexistent"])]]) {
    outcomes.append($1.outcome)
  }
  #expect(outcomes.count == 1 && outcomes[0].reason.hasPrefix("/nonexistent: cannot be started"))
}

/// No clock is believed that the driver's contradicts, be it ours or a peer's.
@Test(arguments: [Entrant.Kind.own, .peer])
func timesThatCannotBeAreRefused(kind: Entrant.Kind) throws {
  let names = ["twentieth", "half", "zero", "double", "eternal", "negative", "right"]
  let results = try race(names, kind)
  #expect(results["right"]!.outcome == .pass && results["right"]!.samples.count == 4)
  for name in names.dropLast() {
    let result = results[name]!
    #expect(result.outcome.word == "fail" && result.samples.isEmpty, "\(name): \(result.outcome)")
    guard name != "negative" else {
      #expect(result.outcome.reason.hasSuffix("seconds, expected a number from 0"))
      continue
    }
    #expect(
      result.outcome.reason.wholeMatch(
        of: /broken measurement: the contender says that .* took .* s, from request to answer it was .* s/) != nil,
      "\(name): \(result.outcome.reason)")
  }
}

/// Beside neighbours that leave nobody a core of his own, an honest contender is believed, and others are found all the same.
@Test func aBusyMachineMakesNobodyALiar() throws {
  let neighbours = try (0..<2).map { _ in
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "while :; do :; done"]
    try process.run()
    return process
  }
  // They inherit a mask of blocked signals.
  defer { for neighbour in neighbours { kill(neighbour.processIdentifier, SIGKILL) } }
  for _ in 0..<2 {
    let results = try race(["right", "twentieth"], .peer)
    #expect(results["right"]!.outcome == .pass, "\(results["right"]!.outcome)")
    #expect(results["twentieth"]!.outcome.reason.hasPrefix("broken measurement"))
  }
}

/// A slow contender rests after three samples, which are those of the first three rounds.
@Test func aSlowContenderRests() throws {
  var effort = quick
  (effort.samples, effort.contenderSeconds) = (6, 0.02)
  #expect(try race(["right"], .peer, effort: effort)["right"]!.samples.count == 3)
}

@Test func contendersGetTheirEnvironmentAndCores() throws {
  let shell = try ContenderProcess(
    ["/bin/sh", "-c", #"read line; echo "{\"error\": \"$TUNABLE\"}""#], environment: ["TUNABLE": "raised"])
  #expect(throws: Misfit.self) { _ = try shell.ask(ContenderRequest()) }
  #expect(Affinity.list(" 0-2,5") == [0, 1, 2, 5] && Affinity.list("7") == [7] && Affinity.list("") == [])
  let cores = Affinity.cores
  #expect(Affinity.pinned(["a"], cores: max(cores.count, 1)) == ["a"])
  if cores.count > 1 {
    #expect(Affinity.pinned(["a"], cores: 1).suffix(2) == ["\(cores.last!)", "a"])
  }
}
