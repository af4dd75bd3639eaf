import Foundation
import Testing

@testable import Reporting

@Suite struct EnvironmentTests {
  @Test func slugsAreFileNames() {
    #expect(Environment.slug("Intel(R) Xeon(R) CPU @ 2.20GHz 2 x86-64-v4") == "intel-xeon-cpu-2-20ghz-2-x86-64-v4")
    #expect(Environment.slug("AMD EPYC 2 x86-64-v3") == "amd-epyc-2-x86-64-v3")
    #expect(Environment.slug("µ™/..") == "")
  }

  @Test func aCommandLineCanBePasted() {
    #expect(
      Environment.joined(["/x/hippodrome", "verify", "--external", "python3 it's.py", "", "a=b"])
        == "hippodrome verify --external 'python3 it'\\''s.py' '' a=b")
    #expect(Environment.joined([]) == "")
  }

  @Test func datesAreUTC() {
    #expect(Environment.date(Date(timeIntervalSince1970: 0)) == "1970-01-01T00:00:00Z")
  }

  @Test func everythingIsFilledIn() {
    let run = Environment.run(isa: "x86-64-v4", arguments: ["hippodrome", "bench"])
    #expect(run.machine.cores > 0 && run.machine.memoryBytes > 0)
    #expect(run.machine.id.hasSuffix("-x86-64-v4"))
    #expect([run.machine.cpu, run.machine.os, run.compiler, run.commit].allSatisfy { !$0.isEmpty })
    #expect(run.command == "hippodrome bench")
  }
}
