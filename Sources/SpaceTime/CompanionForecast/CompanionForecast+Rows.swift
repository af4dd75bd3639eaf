import KernelSpec
import Lanes
import Parallel

/// One thread's part of a variant: closed loops of one head after the other, with memory of its own.
protocol ForecastWorker: AnyObject, SendableMetatype {
  associatedtype T: Lane
  /// Takes the operands a, b, c and k of a head for the calls that follow.
  func setHead(_ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ c: UnsafePointer<T>, _ k: UnsafePointer<T>)
  /// Writes a row of outputs from a state.
  func forecast(_ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ u: UnsafeMutablePointer<T>)
  /// Begins a head's sums over the batch.
  func startGradients()
  /// Writes the gradient of a state, and adds to the sums what its row's cotangents bring.
  func addGradients(
    _ x: UnsafePointer<T>, _ gy: UnsafePointer<T>, _ gu: UnsafePointer<T>, _ gradX: UnsafeMutablePointer<T>)
  /// Writes the gradients of the head's operands.
  func finishGradients(
    _ gradA: UnsafeMutablePointer<T>, _ gradB: UnsafeMutablePointer<T>, _ gradC: UnsafeMutablePointer<T>,
    _ gradK: UnsafeMutablePointer<T>)
}

extension CompanionForecast {
  /// Threads share the rows in the forward pass, head by head, and the heads in the gradient, so that each sum is one thread's.
  static func run<Worker: ForecastWorker>(_ workers: [Worker], _ size: Size, _ pass: Pass) -> Run<Worker.T> {
    let (B, H, N, L) = (size.B, size.H, size.N, size.L)
    let threads = workers.count
    let team = Team(threads: threads)
    return { arguments in
      let a = arguments.input("a"), b = arguments.input("b"), c = arguments.input("c"), k = arguments.input("k")
      let x = arguments.input("x")
      func setHead(_ worker: Worker, _ h: Int) {
        worker.setHead(a + h * N, b + h * N, c + h * N, k + h * N)
      }
      switch pass {
      case .forward:
        let y = arguments.output("y"), u = arguments.output("u")
        team.run { thread in
          let rows = B * H * thread / threads..<B * H * (thread + 1) / threads
          for row in rows {
            let (h, batch) = row.quotientAndRemainder(dividingBy: B)
            if batch == 0 || row == rows.lowerBound { setHead(workers[thread], h) }
            let place = batch * H + h
            workers[thread].forecast(x + place * N, y + place * L, u + place * L)
          }
        }
      case .gradient:
        let gy = arguments.cotangent("y"), gu = arguments.cotangent("u")
        let gradA = arguments.gradient("a"), gradB = arguments.gradient("b"), gradC = arguments.gradient("c")
        let gradK = arguments.gradient("k"), gradX = arguments.gradient("x")
        team.run { thread in
          let worker = workers[thread]
          for h in H * thread / threads..<H * (thread + 1) / threads {
            setHead(worker, h)
            worker.startGradients()
            for batch in 0..<B {
              let place = batch * H + h
              worker.addGradients(x + place * N, gy + place * L, gu + place * L, gradX + place * N)
            }
            worker.finishGradients(gradA + h * N, gradB + h * N, gradC + h * N, gradK + h * N)
          }
        }
      }
    }
  }
}
