extension MeasurementRecord {
  /// The measurement in one line, as commands print it.
  public var summary: String {
    var parts = ["\(kernel) \(size) \(variant) \(pass) \(precision) on \(threads)"]
    if let median {
      parts.append(Units.time(median))
      parts.append("\(Units.gigaflops(work.flops / median)) GFLOP/s")
    }
    if let fractionOfPeak { parts.append("\(Units.percent(fractionOfPeak)) of peak") }
    if let workspaceBytes { parts.append("workspace \(Units.bytes(workspaceBytes))") }
    if verdict != .pass { parts.append("\(verdict.rawValue): \(reason)") }
    return parts.joined(separator: ", ")
  }
}
