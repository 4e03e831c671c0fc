import AsyncHTTPClient
import Logging
import NIOCore
import Testing

@testable import App

struct LifecycleTests {
  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  @Test func finishesWhatItBegan() async throws {
    let slow = try await FakeUpstream(answering: FakeUpstream.ok, after: .milliseconds(300))
    let config = Config(port: 0, upstreams: [Upstream(name: "slow", url: slow.url)])
    let (ports, running) = AsyncStream.makeStream(of: Int.self)
    let group = App.serve(config: config, logger: logger) { running.yield($0.localAddress!.port!) }
    async let served: Void = group.run()
    let port = try #require(await ports.first { _ in true })

    async let answer = HTTPClient.shared.execute(
      HTTPClientRequest(url: "http://127.0.0.1:\(port)/upstreams"),
      timeout: .seconds(5)
    )
    _ = await slow.requests.first { _ in true }
    await group.triggerGracefulShutdown()

    let body = try await answer.body.collect(upTo: 1024)
    #expect(String(buffer: body).contains(#""status":"ok""#))
    try await served
    await #expect(throws: (any Error).self) { try await App.checkHealth(port: port) }
  }

  @Test func theHealthCheckAsksTheService() async throws {
    let (ports, running) = AsyncStream.makeStream(of: Int.self)
    let group = App.serve(config: Config(port: 0), logger: logger) { running.yield($0.localAddress!.port!) }
    async let served: Void = group.run()
    let port = try #require(await ports.first { _ in true })

    try await App.checkHealth(port: port)
    await group.triggerGracefulShutdown()
    try await served

    await #expect(throws: (any Error).self) { try await App.checkHealth(port: port) }
  }

  @Test func aTypoStartsNothing() async {
    await #expect(throws: StartError.self) { try await App.run(arguments: ["healthchek"], environment: [:]) }
  }
}
