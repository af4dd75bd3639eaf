import Catalog
import Fixtures
import Foundation
import KernelSpec
import Testing

/// One kernel of the catalog, as an argument of tests.
struct Subject: CustomTestStringConvertible, Sendable {
  let kernel: any Kernel.Type

  var testDescription: String { kernel.name }

  static let all = catalog.map { Subject(kernel: $0) }

  /// The paths of the kernel's fixtures.
  var fixtures: [String] { Self.files(Self.root + "/fixtures/" + kernel.name) }

  /// The paths of the kernel's goldens, which are data from outside and may be absent.
  var goldens: [String] { Self.files(Self.root + "/../shared/goldens/cases/" + kernel.name) }

  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  private static func files(_ folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".h5") }.sorted().map { "\(folder)/\($0)" }
  }
}

/// One case file of a kernel, as an argument of tests.
struct Stored: CustomTestStringConvertible, Sendable {
  let kernel: any Kernel.Type
  let path: String

  var testDescription: String { "\(kernel.name) \((path as NSString).lastPathComponent)" }

  static let fixtures = Subject.all.flatMap { subject in
    subject.fixtures.map { Stored(kernel: subject.kernel, path: $0) }
  }

  static let goldens = outside.filter { !$0.isComplexModel }

  /// Dense models whose matrices are complex, which `ssm.discretize` does not take.
  static let complexModels = outside.filter(\.isComplexModel)

  private static let outside = Subject.all.flatMap { subject in
    subject.goldens.map { Stored(kernel: subject.kernel, path: $0) }
  }

  private var isComplexModel: Bool { (path as NSString).lastPathComponent.hasPrefix("ssm_discretize__bilinear") }
}
