import AsyncHTTPClient
import NIOCore

extension HTTPClient {
  /// How long an answer may take in all.
  static let probeLimit = TimeAmount.seconds(2)

  /// Asks whether a service answers: it reports what the service itself says, so it follows no redirects, and whether
  /// the service can be reached now, so each question gets a connection of its own and none is asked twice.
  static let prober = {
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.maximumUsesPerConnection = 1
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }()

  /// Returns the head of the answer; the body is never read.
  func probe(_ url: String) async throws -> HTTPClientResponse {
    try await execute(HTTPClientRequest(url: url), timeout: Self.probeLimit)
  }
}
