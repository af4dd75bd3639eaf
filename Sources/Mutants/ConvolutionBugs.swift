import Harness
import KernelSpec
import Numerics
import Tensors

/// Bugs of causal convolutions by transforms: padding, wrapping, direction and taps.
let convolutionBugs: [Mutant] = [
  Mutant("nothing is padded: the convolution is circular") { call in
    let length = call.size.L
    var inputs = call.inputs
    inputs["u"] = inputs["u"]!.followed(by: inputs["u"]!, along: 2)
    return call.right(inputs: inputs, size: call.signature.resized(call.size, ["L": 2 * length])).taking(
      Array(length..<2 * length), along: "L", call.signature.outputs)
  },
  Mutant("padding is one short") { call in
    // The last product of the full convolution falls on the first position.
    let K = call.inputs.real("K"), u = call.inputs.real("u"), length = call.size.L
    let last = min(call.size.W, length) - 1
    guard length + last > 1 else { return call.right() }
    return call.spoiled { result, _ in
      result.map { scalar, place in
        place % length == 0 ? scalar + K[place / length % call.size.H, last] * u.elements[place + length - 1] : scalar
      }
    }
  },
  Mutant("correlates instead of convolving") { call in
    let backwards = Array((0..<call.size.L).reversed())
    var inputs = call.inputs
    inputs["u"] = inputs["u"]!.taking(backwards, along: 2)
    return call.right(inputs: inputs).taking(backwards, along: "L", call.signature.outputs)
  },
  Mutant("filter is backwards") { call in
    call.right(changing: "K") { $0.moved(along: 1) { call.size.W - 1 - $0 } }
  },
  Mutant("last tap is left out") { call in
    // A tap from L on never acts.
    call.right(changing: "K") { $0.moved(along: 1) { $0 == min(call.size.W, call.size.L) - 1 ? nil : $0 } }
  },
  Mutant("first tap is left out") { call in call.right(changing: "K") { $0.moved(along: 1) { $0 == 0 ? nil : $0 } } },
  Mutant("taps beyond 64 are left out") { call in
    call.right(changing: "K") { $0.moved(along: 1) { $0 < 64 ? $0 : nil } }
  },
  Mutant("taps from L on wrap round") { call in
    let (L, W) = (call.size.L, call.size.W), K = call.inputs.real("K")
    return call.right(changing: "K") { operand in
      operand.map { scalar, place in
        let tap = place % W
        guard tap < L else { return scalar }
        return stride(from: tap, to: W, by: L).reduce(0) { $0 + K.elements[place - tap + $1] }
      }
    }
  },
  Mutant("skip is convolved too") { call in
    guard let D = call.inputs.optionalReal("D") else { return call.right() }
    return call.right(changing: "u") { operand in
      operand.map { scalar, place in scalar * (1 + D[place / call.size.L % call.size.H]) }
    }
  },
  Mutant("skip counts twice") { call in call.right(changing: "D") { $0.times(2) } },
]
