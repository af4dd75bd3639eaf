import ArgumentParser
import Harness
import KernelSpec

/// A kernel from outside that `verify` is to judge.
struct OutsideOptions: ParsableArguments {
  @Option(
    help: """
      Judge this command line instead of the suite's variants: it is run as COMMAND INPUT.h5 OUTPUT.h5 for each case. Exit code 3 with a \
      line on standard error refuses a case.
      """)
  var external: String?

  @Option(help: "The same for a command line that speaks the contender protocol: it is started once.")
  var contender: String?

  @Option(help: "What verdicts call it (default: the command line).")
  var name: String?

  @Option(help: "Seconds that it may take for a case (default: 120).")
  var timeout: Double?

  @Option(
    help:
      "Judge it at so many times the bound, 1 or more; verdicts and records say so. Not for the suite's own variants."
  )
  var tolerance: Double?

  @Flag(
    help:
      "Let repeated calls give other bits, if they are within the bound too: for kernels that are not deterministic.")
  var repeatWithinBound = false

  /// Whether a kernel from outside is judged.
  var isUsed: Bool { external != nil || contender != nil }

  /// What its author asks for in place of the suite's own rule.
  var terms: Terms { Terms(tolerance: tolerance ?? 1, repeatsWithinBound: repeatWithinBound) }

  /// Refuses combinations that mean nothing.
  func check(_ kernels: [String], _ choice: ChoiceBy<OutsidePrecision>) throws {
    guard isUsed else {
      guard name == nil, timeout == nil else {
        throw Failure.misuse("--name and --timeout are for --external or --contender, which are missing")
      }
      guard tolerance == nil, !repeatWithinBound else {
        throw Failure.misuse(
          "--tolerance and --repeat-within-bound are for --external or --contender, which are missing: the suite's own variants are judged by the bound"
        )
      }
      if let narrow = choice.precision.first(where: { $0.ofVariants == nil }) {
        throw Failure.misuse(
          "--precision \(narrow.rawValue) is for --external or --contender, which are missing: variants compute in float and double"
        )
      }
      return
    }
    guard external == nil || contender == nil else {
      throw Failure.misuse("found both --external and --contender, expected one of them")
    }
    guard choice.variant.isEmpty else {
      throw Failure.misuse(
        "--variant chooses among the suite's variants, expected none beside a program from outside")
    }
    guard contender != nil || choice.precision.count <= 1 else {
      throw Failure.misuse(
        "found \(choice.precision.count) precisions, expected one at most, by which results are judged")
    }
    guard choice.threads.count <= (contender == nil ? 0 : 1) else {
      throw Failure.misuse("found --threads, expected none, or one number beside --contender")
    }
    if let timeout, !(0.01...86_400).contains(timeout) {
      throw Failure.misuse("--timeout is \(timeout.formatted()), expected 0.01 to 86,400 seconds")
    }
    if let tolerance, !(tolerance >= 1 && tolerance.isFinite) {
      throw Failure.misuse("--tolerance is \(tolerance.formatted()), expected a finite number of 1 or more")
    }
    _ = try Self.name(name, of: external ?? contender!, for: try Self.kernel(kernels))
  }

  /// The kernel that a program from outside computes.
  static func kernel(_ names: [String]) throws -> any Kernel.Type {
    guard names.count == 1 else {
      throw Failure.misuse(
        "found \(names.count) kernels beside a program from outside, expected the one that it computes")
    }
    return try hippodrome.kernel(named: names[0])
  }

  /// What a command line is called: what is said of it must not look like what is said of others.
  static func name(_ given: String?, of command: String, for kernel: any Kernel.Type) throws -> String {
    guard command.contains(where: { !$0.isWhitespace }) else {
      throw Failure.misuse("the command of the program from outside is empty")
    }
    let name = given ?? command.split(whereSeparator: \.isNewline).joined(separator: " ")
    let taken = ["reference"] + kernel.variants.map(\.name)
    guard !name.isEmpty, !name.contains(where: \.isNewline), !taken.contains(name) else {
      throw Failure.misuse("--name is '\(name)', expected one line that is no variant of \(kernel.name)")
    }
    return name
  }

  /// The program, nil where none is given.
  func program<K: Kernel>(_: K.Type, _ choice: ChoiceBy<OutsidePrecision>) throws -> (any OutsideProgram)? {
    let seconds = timeout ?? 120
    var arguments: [String] = []
    func add(_ flag: String, _ value: String?) { if let value { arguments += [flag, value] } }
    add("--external", external)
    add("--contender", contender)
    add("--name", name)
    for threads in choice.threads { add("--threads", "\(threads)") }
    add("--timeout", timeout.map { "\($0)" })
    add("--tolerance", tolerance.map { "\($0)" })
    if repeatWithinBound { arguments.append("--repeat-within-bound") }
    if let external {
      return try CommandProgram(
        K.self, external, name: try Self.name(name, of: external, for: K.self), arguments: arguments,
        precision: choice.precision.first,
        timeout: seconds, probe: Probe.resultsProcess)
    }
    guard let contender else { return nil }
    return try ContenderProgram(
      K.self, contender, name: try Self.name(name, of: contender, for: K.self), arguments: arguments,
      precisions: choice.precision.isEmpty ? [.float, .double] : choice.precision,
      threads: choice.threads.first ?? 1,
      timeout: seconds, probe: Probe.resultsProcess)
  }
}
