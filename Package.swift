// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// The instruction set that the kernel families are compiled for. Hippodrome is built where it runs, so the manifest asks
/// the processor; `HIPPODROME_MARCH` overrides (`HIPPODROME_MARCH=baseline` builds portable code).
let march: String? = {
  if let chosen = ProcessInfo.processInfo.environment["HIPPODROME_MARCH"] {
    return chosen == "baseline" ? nil : chosen
  }
  #if arch(x86_64) && os(Linux)
    let cpuinfo = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = cpuinfo.split(separator: "\n").first { $0.hasPrefix("flags") } ?? ""
    let flags = Set(line.split(separator: " ").map(String.init))
    if flags.isSuperset(of: ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"]) { return "x86-64-v4" }
    if flags.isSuperset(of: ["avx2", "bmi1", "bmi2", "fma", "f16c", "movbe"]) { return "x86-64-v3" }
  #endif
  return nil
}()

/// Kernel code is optimized in debug builds too: SIMD Swift is some 300 times slower at -Onone, and tests run kernels.
/// `-wmo` needs `-num-threads` to work in debug. Validation lives outside these targets, where preconditions are checked;
/// with `HIPPODROME_CHECKED=1` they are checked here too (`make sanitize`).
let kernelSettings: [SwiftSetting] = {
  let isChecked = ProcessInfo.processInfo.environment["HIPPODROME_CHECKED"] == "1"
  var flags = [isChecked ? "-O" : "-Ounchecked", "-wmo", "-num-threads", "2"]
  var defines: [SwiftSetting] = []
  if let march {
    flags += ["-Xcc", "-march=\(march)", "-Xcc", "-mprefer-vector-width=512"]
    if march == "x86-64-v4" { defines.append(.define("ISA_V4")) }
    if march == "x86-64-v3" { defines.append(.define("ISA_V3")) }
  }
  return [.unsafeFlags(flags)] + defines
}()

/// Tests judge thousands of cases through the suite's own code, which takes minutes at -O and the better part of an hour at -Onone.
let suiteSettings: [SwiftSetting] = [
  .unsafeFlags(["-O", "-wmo", "-num-threads", "2"], .when(configuration: .debug))
]

/// Documents beside sources: SwiftPM warns about files that it does not know.
func documents(in folder: String) -> [String] {
  let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Sources/\(folder)")
  let paths = (FileManager.default.enumerator(atPath: root.path)?.allObjects as? [String]) ?? []
  return paths.filter { $0.hasSuffix(".md") }
}

func family(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name, dependencies: ["KernelSpec", "Lanes", "Parallel", numerics] + dependencies,
    exclude: documents(in: name), swiftSettings: kernelSettings)
}

let numerics: Target.Dependency = .product(name: "Numerics", package: "swift-numerics")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

/// The fuzzer of the case-file reader, only where asked for: libFuzzer brings a `main` of its own. See `make fuzz`.
let fuzzers: [Target] =
  ProcessInfo.processInfo.environment["HIPPODROME_FUZZ"] == nil
  ? []
  : [
    // Instrumented, it would have two symbols of one name: it names what the instrumentation names.
    .target(name: "CFuzz", cSettings: [.unsafeFlags(["-fno-sanitize=fuzzer"])]),
    .executableTarget(
      name: "FuzzCaseReader", dependencies: ["CFuzz", "CHDF5", "Fixtures", "KernelSpec", "Tensors", numerics]),
  ]

let package = Package(
  name: "hippodrome",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "hippodrome", targets: ["hippodrome"]),
    .library(name: "Harness", targets: ["Harness"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
  ],
  targets: [
    // C libraries. Ordinary C targets: the build does not track the header of a system-library target.
    .target(name: "CHDF5", linkerSettings: [.linkedLibrary("hdf5_serial")]),
    .target(name: "CFFTW", linkerSettings: [.linkedLibrary("fftw3"), .linkedLibrary("fftw3f")]),
    .target(name: "CSIMD"),
    .target(name: "CPlatform"),

    // Files that are written and processes that are run, by whatever part; and how errors are told.
    .target(name: "Platform", dependencies: ["CPlatform"]),
    .target(name: "Messages"),

    // Vocabulary.
    .target(name: "Tensors", dependencies: [numerics], swiftSettings: suiteSettings),
    .target(name: "KernelSpec", dependencies: ["Messages", "Tensors", numerics], swiftSettings: suiteSettings),

    // Kernels.
    .target(name: "Lanes", dependencies: ["CSIMD", "Tensors", numerics], swiftSettings: kernelSettings),
    .target(name: "Parallel", dependencies: ["CSIMD"], swiftSettings: kernelSettings),
    .target(name: "Transforms", dependencies: ["CFFTW", "Lanes"], swiftSettings: kernelSettings),
    family("StateSpace", ["Transforms"]),
    family("Recurrence"),
    family("Convolution", ["Transforms"]),
    family("SpaceTime", ["Transforms"]),
    family("Hippo"),
    .target(name: "Limits", dependencies: ["CSIMD", "Lanes", "Parallel", numerics], swiftSettings: kernelSettings),
    .target(
      name: "Catalog", dependencies: ["KernelSpec", "StateSpace", "Recurrence", "Convolution", "SpaceTime", "Hippo"]),

    // The suite.
    .target(
      name: "Fixtures",
      dependencies: ["CHDF5", "CPlatform", "Messages", "Platform", "Tensors", "KernelSpec", numerics],
      swiftSettings: suiteSettings),
    .target(name: "Reporting", dependencies: ["Messages", "Platform"], swiftSettings: suiteSettings),
    .target(
      name: "Harness",
      dependencies: ["CPlatform", "Messages", "Platform", "KernelSpec", "Fixtures", "Tensors", numerics],
      swiftSettings: suiteSettings),
    .target(
      name: "Mutants", dependencies: ["Harness", "KernelSpec", "Fixtures", "Tensors", numerics],
      swiftSettings: suiteSettings),
    .executableTarget(
      name: "hippodrome",
      dependencies: [
        "CPlatform", "Catalog", "Harness", "Mutants", "Fixtures", "Lanes", "Limits", "Messages", "Platform",
        "Reporting", "KernelSpec", "Tensors",
        arguments,
      ]),

    .testTarget(name: "MessagesTests", dependencies: ["Messages"]),
    .testTarget(name: "LanesTests", dependencies: ["Lanes", "Parallel", numerics], swiftSettings: kernelSettings),
    .testTarget(name: "LimitsTests", dependencies: ["Limits"]),
    .testTarget(name: "KernelSpecTests", dependencies: ["KernelSpec", "Tensors", numerics]),
    .testTarget(name: "FixturesTests", dependencies: ["Fixtures", "KernelSpec", "Tensors", numerics]),
    .testTarget(name: "HarnessTests", dependencies: ["Harness", "KernelSpec", "Tensors", "Fixtures", numerics]),
    .testTarget(name: "ReportingTests", dependencies: ["Reporting"]),
    .testTarget(name: "MutantsTests", dependencies: ["Catalog", "Mutants", "Fixtures", "KernelSpec"]),
    .testTarget(
      name: "ConformanceTests",
      dependencies: ["Catalog", "Harness", "Fixtures", "KernelSpec", "Hippo", "StateSpace", "Tensors", numerics]),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "Catalog", "Harness", numerics, "hippodrome", "Fixtures", "KernelSpec", "Limits", "Platform", "Reporting",
        "Tensors",
      ]),
  ] + fuzzers
)
