extension MeasurementRecord {
  /// The measurement in one line, as commands print it.
  public func summary(within limits: MachineLimits = MachineLimits()) -> String {
    var parts = ["\(kernel) \(size) \(variant) \(pass) \(precision) on \(threads)"]
    if let median {
      parts.append(Units.time(median))
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
}
