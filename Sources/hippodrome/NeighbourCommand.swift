import ArgumentParser
import CPlatform
import Foundation
import Limits

/// `hippodrome neighbour`
struct NeighbourCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "neighbour",
    abstract: "Keeps the last core busy in bursts, computing and copying, until its parent ends.",
    shouldDisplay: false)

  func run() throws {
    cplatform_pin_to_core(Int32(ProcessInfo.processInfo.activeProcessorCount - 1))
    let loads = [
      Limit.multiplyAdd(Float.self, threads: 1), .bandwidth(.copy, bytes: 1 << 27, threads: 1),
    ]
    let parent = getppid()
    while getppid() == parent {
      let load = loads.randomElement()!
      let end = ContinuousClock.now + .milliseconds(Int.random(in: 20...200))
      while ContinuousClock.now < end { load.run() }
      usleep(UInt32.random(in: 10_000...100_000))
    }
  }
}
