extension KernelPage {
  /// The kernel's line for a pass in the index.
  func indexRow(_ pass: String) -> [String] {
    let checks = (verdicts + growthFits.map(\.verdict)).filter { $0.pass == pass }
    func count(_ outcome: Outcome) -> String { "\(checks.count { $0.verdict == outcome })" }
    let counts = [count(.pass), count(.fail), count(.refused), count(.mistrusted)]
    return ["[\(kernel)](\(kernel).md)", pass] + counts + (fastest(pass) ?? Array(repeating: Units.none, count: 6))
  }

  /// The race at the largest size with the fewest threads: how many times as long the fastest peer takes.
  private func bestPeer(_ pass: String) -> String {
    let raced = heats.filter { $0.pass == pass && $0.fastest != nil }
    let largest = raced.max { ($0.lines[0].work.flops, -$0.threads) < ($1.lines[0].work.flops, -$1.threads) }
    guard let largest else { return Units.none }
    let ratios = largest.peers.compactMap { peer in largest.ratio(peer).map { (peer, $0) } }
    guard let best = ratios.min(by: { $0.1.median < $1.1.median }) else { return Units.none }
    return "\(best.1.text) `\(best.0.variant)` at \(largest.lines[0].size)"
  }

  /// The fastest variant at the largest size, in float where there is float: name, median, share of its limit, and
  /// speed-up in the middle of the sweep.
  private func fastest(_ pass: String) -> [String]? {
    let timed = measurements.filter { $0.pass == pass && $0.counts }
    guard let precision = sorted(timed.map(\.precision), first: "float").first else { return nil }
    let candidates = timed.filter { $0.precision == precision && !$0.isReference }
    guard let largest = candidates.map(\.work.flops).max(),
      let best = candidates.filter({ $0.work.flops == largest }).min(by: { $0.median! < $1.median! })
    else { return nil }
    let name = "`\(best.variant)`, \(Self.threads(best.threads)), \(precision) at \(best.size)"
    let limit = standing(best)?.text ?? Units.none
    let sizes = sweep.first?.sizes ?? sweep.series.first?.sizes ?? []
    let middle = sizes.isEmpty ? best.size : sizes[sizes.count / 2]
    let sameInMiddle = candidates.first { $0.size == middle && $0.contender == best.contender }
    let factor = sameInMiddle.flatMap(speedUp).map(Units.factor) ?? Units.none
    return [name, Units.time(best.median!), limit, factor, bestPeer(pass), run(of: best)]
  }
}
