import Foundation
import Synchronization

/// The standard output and the standard error, which may be closed, full, or read by nobody: that is remembered, and no trap.
public enum StandardStream: Int32, Sendable {
  /// What the command gives.
  case output = 1
  /// What it complains of.
  case error = 2

  /// Why a stream could not be written.
  public struct Failure: Sendable, CustomStringConvertible {
    /// The stream.
    public let stream: StandardStream
    fileprivate let code: Int32

    /// Whether whoever read it has ended: that is no news to them.
    public var isBrokenPipe: Bool { code == EPIPE }

    /// The reason, in one line.
    public var description: String {
      "standard \(stream): cannot be written: \(String(cString: strerror(code)))"
    }
  }

  private static let first = Mutex<Failure?>(nil)

  /// The first failure of this process; nil while there was none.
  public static var failure: Failure? { first.withLock(\.self) }

  /// Writes a text at once: whoever reads a pipe should not wait for a buffer to fill.
  public func write(_ text: String) {
    WriteLock.hold {
      guard let code = Self.put(Data(text.utf8), to: rawValue) else { return }
      Self.first.withLock { $0 = $0 ?? Failure(stream: self, code: code) }
    }
  }

  /// Makes the three streams valid descriptors: where one is closed, the next file that is opened would be taken for it. In its
  /// place comes the null device, opened such that using it fails.
  public static func secure() {
    for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)] {
      // The lowest that is free, which is this one: those below are open.
      if fcntl(descriptor, F_GETFD) < 0, errno == EBADF { _ = open("/dev/null", mode) }
    }
    // Writing to a reader that has ended is an error of one write, not a signal that ends the command.
    signal(SIGPIPE, SIG_IGN)
  }

  /// Writes all bytes to a descriptor; `errno` where that fails, else nil.
  static func put(_ data: Data, to descriptor: Int32) -> Int32? {
    data.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let written = Platform.put(descriptor, bytes.baseAddress! + done, bytes.count - done)
        guard written < 0 else {
          done += written
          continue
        }
        switch errno {
        case EINTR: continue
        case EAGAIN:
          // Somebody who has the same terminal or pipe has made it non-blocking.
          var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = poll(&waiting, 1, -1)
        case let code: return code
        }
      }
      return nil
    }
  }
}

/// The system's `write`, by a name that methods of that name do not hide.
private func put(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
