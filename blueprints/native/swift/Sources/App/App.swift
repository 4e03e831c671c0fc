import AsyncHTTPClient
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Darwin)
  @preconcurrency import Darwin
#else
  @preconcurrency import Glibc
#endif

/// A small HTTP service that knows its name, its health and its neighbours.
///
/// Everything is configured by the environment: `PORT`, `SERVICE_NAME`, `SERVICE_VERSION` and `UPSTREAMS`.
@main
struct App {
  /// How long requests that have begun may take once the service is told to stop.
  static let shutdownLimit = Duration.seconds(4)

  static func main() async {
    do {
      try await run(
        arguments: CommandLine.arguments.dropFirst(),
        environment: ProcessInfo.processInfo.environment
      )
    } catch {
      fputs("\(error)\n", stderr)
      exit(1)
    }
  }

  static func run(arguments: some Collection<String>, environment: [String: String]) async throws {
    let config = try Config(environment: environment)
    if arguments.isEmpty {
      // Libraries that log do it through the same handler, so that stdout holds nothing but JSON.
      LoggingSystem.bootstrap { _ in JSONLogHandler() }
      let logger = Logger(label: "service")
      try await serve(config: config, logger: logger).run()
    } else if arguments.elementsEqual(["healthcheck"]) {
      try await checkHealth(port: config.port)
    } else {
      throw StartError(description: "unknown arguments \(Array(arguments)): the only one is healthcheck")
    }
  }

  /// Returns what answers requests until it is told to stop, and then finishes those that have begun.
  static func serve(
    config: Config,
    logger: Logger,
    onServerRunning: @escaping @Sendable (any Channel) async -> Void = { _ in }
  ) -> ServiceGroup {
    let application = Application(
      router: buildRouter(config: config),
      server: .http1(configuration: .init(idleTimeout: .seconds(60))),
      configuration: .init(address: .hostname("0.0.0.0", port: config.port)),
      onServerRunning: onServerRunning,
      logger: logger
    )
    var group = ServiceGroupConfiguration(
      services: [application],
      gracefulShutdownSignals: [.sigterm, .sigint],
      logger: logger
    )
    group.maximumGracefulShutdownDuration = shutdownLimit
    return ServiceGroup(configuration: group)
  }

  /// Asks the service that runs in this container, so that the image needs no shell or curl.
  static func checkHealth(port: Int) async throws {
    let response = try await HTTPClient.prober.probe("http://127.0.0.1:\(port)/healthz")
    guard response.status == .ok else {
      throw StartError(description: "unhealthy: \(response.status)")
    }
  }
}
