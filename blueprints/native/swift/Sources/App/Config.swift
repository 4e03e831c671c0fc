/// What the environment configures.
struct Config: Sendable {
  var port = 8080
  var name = "service"
  var version = "dev"
  var upstreams: [Upstream] = []
}

/// A mistake of whoever started the program: one line says what is wrong.
struct StartError: Error, CustomStringConvertible {
  let description: String
}

extension Config {
  /// Reads the configuration; an empty variable means the same as none.
  init(environment: [String: String]) throws(StartError) {
    let environment = environment.filter { !$0.value.isEmpty }
    if let value = environment["PORT"] {
      // Int() takes a sign, which a port has not.
      guard let port = Int(value), (1...65535).contains(port), value.allSatisfy(\.isASCIIDigit) else {
        throw StartError(description: "PORT must be a number from 1 to 65535, not \(value.debugDescription)")
      }
      self.port = port
    }
    name = environment["SERVICE_NAME"] ?? name
    version = environment["SERVICE_VERSION"] ?? version
    upstreams = Upstream.parse(environment["UPSTREAMS"] ?? "")
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { isASCII && isWholeNumber }
}
