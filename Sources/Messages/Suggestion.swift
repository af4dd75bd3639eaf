/// The name that was probably meant: the nearest of those that are known, where it is near enough; of several that are equally near, the first.
public func suggestion<Names: Sequence<String>>(for name: String, among known: Names) -> String? {
  let found = Array(name.lowercased())
  // A third of the letters may be wrong: more, and the name may be anything.
  let most = found.count < 2 ? 0 : max(1, found.count / 3)
  var best: (name: String, distance: Int)?
  for candidate in known {
    let letters = Array(candidate.lowercased())
    var distance = editDistance(found, letters)
    // Names have parts, and a part that is left out is no typing error: `filter` may be meant as `s4d.filter`.
    if distance > most, found.count >= 3, letters.count > found.count,
      candidate.lowercased().contains(name.lowercased())
    {
      distance = most
    }
    if distance <= most, distance < best?.distance ?? .max { best = (candidate, distance) }
  }
  return best?.name
}

/// ` (did you mean s4d.filter?)` for the name that was probably meant; empty where none is near.
public func hint<Names: Sequence<String>>(for name: String, among known: Names) -> String {
  suggestion(for: name, among: known).map { " (did you mean \($0)?)" } ?? ""
}

/// `unknown kernel 's4d.filtr' (did you mean s4d.filter?), expected …`: the line for a name that is none of those that are known.
///
/// - Parameter owner: whose names they are, where that is to be said.
public func unknown<Names: Collection<String>>(
  _ what: String, _ name: String, of owner: String? = nil, expected known: Names, separator: String = ", "
) -> String {
  let whose = owner.map { " of \($0)" } ?? ""
  return
    "unknown \(what) '\(name)'\(whose)\(hint(for: name, among: known)), expected \(known.joined(separator: separator))"
}

/// How many letters must be inserted, left out, changed or exchanged with their neighbour.
func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var least = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, beforeLast[j - 1] + 1) }
      row.append(least)
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}
