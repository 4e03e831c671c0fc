import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization
import Testing

@testable import App

struct LogTests {
  @Test func everyRequestIsOneLineOfJSON() async throws {
    let lines = try await log(of: "/nowhere?q=1")
    let line = try #require(lines.first { $0["path"] != nil })
    #expect(line["level"] as? String == "info")
    #expect(line["msg"] as? String == "request")
    #expect(line["method"] as? String == "GET")
    #expect(line["path"] as? String == "/nowhere")
    #expect(line["status"] as? Int == 404)
    #expect(line["ms"] is Int)
    #expect(throws: Never.self) {
      try Date(line["time"] as? String ?? "", strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
  }

  @Test func aBugIsInTheLog() async throws {
    let lines = try await log(of: "/bug")
    let line = try #require(lines.first { $0["level"] as? String == "error" })
    #expect((line["error"] as? String)?.contains("secret") == true)
  }

  @Test(arguments: zip(Logger.Level.allCases, ["debug", "debug", "info", "info", "warn", "error", "error"]))
  func aLevelIsOneOfFour(level: Logger.Level, written: String) throws {
    let lines = Lines()
    var logger = Logger(label: "test") { _ in JSONLogHandler { lines.append($0) } }
    logger.logLevel = .trace
    logger.log(level: level, "text")
    #expect(try parsed(lines).map { $0["level"] as? String } == [written])
  }

  /// Asks for a path, and fails unless each line of the log is a JSON object.
  private func log(of path: String) async throws -> [[String: Any]] {
    let lines = Lines()
    let router = buildRouter(config: Config())
    router.get("/bug") { _, _ -> Response in throw Bug() }
    let logger = Logger(label: "test") { _ in JSONLogHandler { lines.append($0) } }
    try await Application(router: router, logger: logger).test(.live) {
      _ = try await $0.execute(uri: path, method: .get)
    }
    return try parsed(lines)
  }

  private func parsed(_ lines: Lines) throws -> [[String: Any]] {
    try lines.all.map { line in
      try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }
}

private final class Lines: Sendable {
  private let lines = Mutex<[String]>([])

  var all: [String] { lines.withLock { $0 } }

  func append(_ line: String) {
    lines.withLock { $0.append(line) }
  }
}
