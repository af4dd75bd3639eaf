extension MeasurementRecord {
  /// The measurement in one line, as commands print it.
  public func summary(within limits: MachineLimits = MachineLimits()) -> String {
    var parts = ["\(kernel) \(size) \(variant) \(pass) \(precision) on \(threads)"]
    if let median {
      let interval =
        Units.time(samples) + (Statistics.medianInterval(samples).coverage < 0.95 ? "" : " of \(samples.count)")
      parts.append(isNoisy ? "\(interval), noisy: samples from \(range)" : interval)
      parts.append("\(Units.gigaflops(work.flops / median)) GFLOP/s")
    }
    if !isPossible, let timeText { parts.append(timeText) }
    if let standing = limits.standing(of: self) {
      parts.append("\(Units.percent(standing.fraction)) of its limit (\(standing.binding))")
      if standing.isBroken { parts.append("broken measurement: no machine moves its operands as fast") }
    }
    if let workspaceBytes { parts.append("workspace \(Units.bytes(workspaceBytes))") }
    if verdict != .pass { parts.append("\(verdict.rawValue): \(reason)") }
    return parts.joined(separator: ", ")
  }

  /// The least and the greatest sample.
  private var range: String { "\(Units.time(samples.min()!)) to \(Units.time(samples.max()!))" }
}
