/// The parser's line on a value that an option does not take, with what it takes. The parser says that of options with a few values only.
func explained(_ message: String) -> String {
  guard !message.contains("Please provide"),
    let match = message.wholeMatch(of: /(The value '.*' is invalid for '(--[a-z-]+) .*')\.?/.dotMatchesNewlines())
  else {
    return message
  }
  let expected =
    switch match.2 {
    case "--budget", "--within": Seconds.form
    case "--threshold", "--blind-above", "--memory-threshold", "--slowdown": Share.form
    case "--memory": ByteCount.form
    case "--shard": "INDEX/COUNT with an index from 1 to the count, such as 2/4"
    case "--tolerance": "a finite number of 1 or more"
    case "--timeout", "--sample-milliseconds", "--variant-seconds", "--contender-seconds", "--patience": "a number"
    default: "a whole number"
    }
  return "\(match.1): expected \(expected)"
}
