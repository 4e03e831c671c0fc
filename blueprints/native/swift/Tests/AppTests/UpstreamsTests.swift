import Testing

@testable import App

struct UpstreamsTests {
  @Test func eachIsReportedForItself() async throws {
    let live = try await FakeUpstream(answering: FakeUpstream.ok)
    let moved = "HTTP/1.1 302 Found\r\nLocation: \(live.url)\r\nContent-Length: 0\r\n\r\n"
    let dead = try await FakeUpstream(answering: nil)
    try await dead.stop()
    let upstreams = [
      Upstream(name: "live", url: live.url),
      Upstream(name: "endless", url: try await url(answering: "HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\nand")),
      Upstream(name: "failing", url: try await url(answering: "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")),
      Upstream(name: "moved", url: try await url(answering: moved)),
      Upstream(name: "nonsense", url: try await url(answering: "what?\r\n")),
      Upstream(name: "slow", url: try await url(answering: nil)),
      Upstream(name: "slower", url: try await url(answering: nil)),
      Upstream(name: "trickling", url: try await url(answering: "HTTP/1.1 200 O")),
      Upstream(name: "dead", url: dead.url),
      Upstream(name: "empty", url: ""),
      Upstream(name: "no url", url: "example"),
      Upstream(name: "no http", url: "ftp://127.0.0.1/"),
      Upstream(name: "no port", url: "http://127.0.0.1:99999/"),
      Upstream(name: "no host", url: "http://:80/"),
    ]

    let began = ContinuousClock.now
    let reports = await upstreams.ask()
    let took = ContinuousClock.now - began

    #expect(Set(reports.keys) == Set(upstreams.map(\.name)))
    for (name, report) in reports {
      #expect(report.status == (["live", "endless"].contains(name) ? .ok : .unreachable), "\(name)")
    }
    #expect(took < .seconds(3), "asked one after the other, or without a limit")
    #expect((1950..<3000).contains(reports["slow"]?.ms ?? 0))
    #expect((reports["dead"]?.ms ?? .max) < 1000, "a refused connection is an answer")
  }

  @Test func noneIsAnEmptyReport() async {
    #expect(await [Upstream]().ask().isEmpty)
  }

  private func url(answering answer: String?) async throws -> String {
    try await FakeUpstream(answering: answer).url
  }
}
