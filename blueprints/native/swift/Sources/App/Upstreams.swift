import AsyncHTTPClient
import NIOCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A neighbour that `GET /upstreams` asks.
struct Upstream: Equatable, Sendable {
  let name: String
  let url: String
}

/// What `GET /upstreams` says about one.
struct UpstreamReport: Codable, Equatable, Sendable {
  enum Status: String, Codable {
    case ok, unreachable
  }

  let status: Status
  let ms: Int
}

extension Upstream {
  /// Reads `name=url,name=url`. An entry without a URL stays in the list: asking it shows what is wrong.
  static func parse(_ value: String) -> [Upstream] {
    value.split(separator: ",").compactMap { entry in
      let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(trimmed)
      guard !parts[0].isEmpty else { return nil }
      return Upstream(name: parts[0], url: parts.count == 2 ? parts[1] : "")
    }
  }

  private static func trimmed(_ text: Substring) -> String {
    let rest = text.drop(while: \.isWhitespace)
    return String(rest.prefix(upTo: rest.lastIndex { !$0.isWhitespace }.map(rest.index(after:)) ?? rest.startIndex))
  }
}

extension [Upstream] {
  /// Asks all of them at once, so that it takes as long as the slowest one and no longer than `HTTPClient.probeLimit`.
  func ask() async -> [String: UpstreamReport] {
    await withTaskGroup { group in
      for upstream in self {
        group.addTask { (upstream.name, await upstream.ask()) }
      }
      return await group.reduce(into: [:]) { reports, report in reports[report.0] = report.1 }
    }
  }
}

extension Upstream {
  func ask() async -> UpstreamReport {
    let began = ContinuousClock.now
    let status = await answers() ? UpstreamReport.Status.ok : .unreachable
    return UpstreamReport(status: status, ms: began.millisecondsUntilNow)
  }

  private func answers() async -> Bool {
    guard isAskable, let response = try? await HTTPClient.prober.probe(url) else { return false }
    return (200..<300).contains(response.status.code)
  }

  /// Whether the client takes the URL: a port that no socket can have would stop the whole program.
  private var isAskable: Bool {
    guard let url = URL(string: url), let host = url.host(), !host.isEmpty else { return false }
    return ["http", "https"].contains(url.scheme) && (url.port.map { (1...65535).contains($0) } ?? true)
  }
}

extension ContinuousClock.Instant {
  var millisecondsUntilNow: Int {
    Int(duration(to: .now) / .milliseconds(1))
  }
}
