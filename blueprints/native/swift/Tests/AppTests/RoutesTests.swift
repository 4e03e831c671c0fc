import Foundation
import Hummingbird
import HummingbirdTesting
import Testing

@testable import App

struct RoutesTests {
  private static let identity = ["service": "orders", "language": "swift", "version": "1.2.3"]

  private let application = Application(router: buildRouter(config: Config(name: "orders", version: "1.2.3")))

  @Test(arguments: [
    (HTTPRequest.Method.get, "/", HTTPResponse.Status.ok, RoutesTests.identity),
    (.get, "/healthz", .ok, ["status": "ok"]),
    (.get, "/upstreams", .ok, [:]),
    (.get, "/nowhere", .notFound, ["error": "not found"]),
    (.get, "/healthz/deeper", .notFound, ["error": "not found"]),
    (.get, "/%zz", .notFound, ["error": "not found"]),
    (.post, "/", .methodNotAllowed, ["error": "method not allowed"]),
    (.delete, "/upstreams", .methodNotAllowed, ["error": "method not allowed"]),
  ])
  func everyAnswerIsJSON(
    method: HTTPRequest.Method,
    path: String,
    status: HTTPResponse.Status,
    body: [String: String]
  ) async throws {
    let response = try await application.test(.live) { try await $0.execute(uri: path, method: method) }
    #expect(response.status == status)
    #expect(response.headers[.contentType] == "application/json")
    #expect(response.headers[.allow] == (status == .methodNotAllowed ? "GET, HEAD" : nil))
    #expect(try JSONDecoder().decode([String: String].self, from: response.body) == body)
  }

  @Test func headIsGetWithoutItsBody() async throws {
    let response = try await application.test(.live) { try await $0.execute(uri: "/healthz", method: .head) }
    #expect(response.status == .ok)
    #expect(response.headers[.contentLength] == "15")
    #expect(response.body.readableBytes == 0)
  }

  @Test func aBugGivesNothingAway() async throws {
    let router = buildRouter(config: Config())
    router.get("/bug") { _, _ -> Response in throw Bug() }
    let response = try await Application(router: router).test(.live) { try await $0.execute(uri: "/bug", method: .get) }
    #expect(response.status == .internalServerError)
    #expect(response.headers[.contentType] == "application/json")
    #expect(String(buffer: response.body) == #"{"error":"internal error"}"#)
  }
}

struct Bug: Error {
  let secret = "secret"
}
