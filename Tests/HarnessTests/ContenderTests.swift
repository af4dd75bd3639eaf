import Fixtures
import Foundation
import KernelSpec
import Numerics
import Tensors
import Testing

@testable import Harness

private func message(_ body: () throws -> Void) -> String {
  do { try body() } catch { return "\(error)" }
  return "no error"
}

/// A case file of the test kernel, in a folder that goes away.
private func withCase(_ body: (_ path: String, _ folder: String) throws -> Void) throws {
  let folder = NSTemporaryDirectory() + "contender-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  let size = try RunningMean.signature.size("B2-L9")
  var generator = SeededGenerator(seed: 3)
  let item = Case(
    name: "drawn", size: size, inputs: RunningMean.signature.drawn(size, using: &generator),
    cotangents: RunningMean.signature.drawnCotangents(size, using: &generator))
  let path = folder + "/case.h5"
  try item.file(kernel: RunningMean.name, signature: RunningMean.signature, source: "drawn").write(to: path)
  try body(path, folder)
}

private func server() -> ContenderServer {
  ContenderServer(kernels: [RunningMean.self]) { name, _, _, _ in
    guard name == "spin" else { throw Misfit("unknown limit '\(name)'") }
    return (7, {})
  }
}

@Test func aContenderPreparesRunsAndWrites() throws {
  try withCase { path, folder in
    let server = server()
    #expect(server.respond(to: #"{"prepare":"\#(path)","variant":"right"}"#).contains(#""ready":true"#))
    #expect(server.respond(to: #"{"run":3}"#).contains(#""seconds":"#))
    let out = folder + "/out.h5"
    #expect(server.respond(to: #"{"write":"\#(out)"}"#).contains(#""written":"#))
    let item = try Case(contentsOf: path, signature: RunningMean.signature)
    let right = RunningMean.reference(item.inputs.converted(to: Float.self), item.size)
    let written = try CaseFile(contentsOf: out).outputs.real("y").elements
    #expect(written == right.real("y").elements.map { Double($0) })
  }
}

/// Results are forgotten once they are written: a contender that stops computing cannot live on them.
@Test func staleResultsAreNotWrittenAgain() throws {
  try withCase { path, folder in
    let server = server()
    _ = server.respond(to: #"{"prepare":"\#(path)","variant":"right"}"#)
    _ = server.respond(to: #"{"write":"\#(folder)/out.h5"}"#)
    let written = try CaseFile(contentsOf: folder + "/out.h5").outputs.real("y").elements
    #expect(written.filter(\.isNaN).count == written.count)
  }
}

@Test func aContenderSaysWhatItCannotDo() throws {
  try withCase { path, _ in
    let server = server()
    for (request, text) in [
      ("nonsense", "not a request: nonsense"), ("{}", "no action"), (#"{"run":1}"#, "nothing is prepared"),
      (#"{"prepare":"/nonexistent"}"#, "/nonexistent: no such file"),
      (#"{"prepare":"\#(path)","variant":"wrong"}"#, "test.mean has no variant wrong"),
      (#"{"prepare":"\#(path)","precision":"half"}"#, "unknown precision 'half'"),
      (#"{"limit":"luck"}"#, "unknown limit 'luck'"),
    ] {
      let reply = server.respond(to: request)
      #expect(reply.contains(#""error":"#) && reply.contains(text), "\(request): \(reply)")
    }
    #expect(server.respond(to: #"{"limit":"spin"}"#).contains(#""amount":7"#))
  }
}

@Test func anAnswerOfAnotherTypeIsSaidToBeThat() throws {
  let contender = try ContenderProcess(["/bin/sh", "-c", #"read line; echo '{"seconds": "fast"}'"#], timeout: 10)
  #expect(
    message { _ = try contender.ask(ContenderRequest()) }
      == "the contender answered '{\"seconds\": \"fast\"}', expected a JSON object: wrong type at 'seconds', expected a number, found a text"
  )
}

@Test func childrenThatEndOrHangAreErrorsOfOneQuestion() throws {
  let echo = try LineProcess(["/bin/cat"])
  #expect(try echo.ask("a line", timeout: 10) == "a line")
  #expect(try echo.ask("another", timeout: 10) == "another")
  let ending = try LineProcess(["/bin/sh", "-c", "read line; exit 3"])
  #expect(message { _ = try ending.ask("a line", timeout: 10) } == "the process ended: exit code 3")
  let crashing = try LineProcess(["/bin/sh", "-c", "read line; kill -SEGV $$"])
  #expect(message { _ = try crashing.ask("a line", timeout: 10) } == "the process ended: signal 11")
  let silent = try LineProcess(["/bin/sh", "-c", "sleep 100"])
  #expect(message { _ = try silent.ask("a line", timeout: 0.2) } == "no answer within 0.2 s")
  #expect(message { _ = try LineProcess(["/nonexistent"]) }.hasPrefix("/nonexistent: cannot be started"))
}

/// A variant that is wrong is not timed, and says why; the others are.
@Test func onlyWhatIsRightIsTimed() throws {
  let contender = """
    import json, sys
    for line in sys.stdin:
        request = json.loads(line)
        if "prepare" in request: reply = {"ready": True, "operands": 8}
        elif "limit" in request: reply = {"ready": True, "amount": 1000}
        elif "write" in request: reply = {"error": "the disk is full"}
        else: reply = {"seconds": 0.02 * request.get("run", 1)}
        print(json.dumps(reply), flush=True)
    """
  guard FileManager.default.isExecutableFile(atPath: "/usr/bin/python3") else { return }
  var results: [RaceResult] = []
  let size = try RunningMean.signature.size("B2-L9")
  let race = Race(
    RunningMean.self, size, .forward, .float, effort: Effort(), command: ["/usr/bin/python3", "-c", contender])
  try race.run([RunningMean.right], withReference: true) { results.append($0) }
  #expect(results.map(\.variant) == ["reference", "right"])
  for result in results {
    #expect(result.outcome == .fail("the disk is full") && result.samples.isEmpty)
    #expect(result.peakFlops != nil)
  }
}
