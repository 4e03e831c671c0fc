import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Keeps lines that are written at the same time from running into each other.
private let console = Mutex(())

/// Writes a line at once: what `print` buffers is lost when the process is killed.
func writeLine(_ line: String, to descriptor: CInt) {
  console.withLock { _ in
    var rest = Array("\(line)\n".utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        return  // nobody reads any more: there is nobody left to tell
      }
      rest = rest.dropFirst(written)
    }
  }
}
