import Hummingbird

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Returns the whole HTTP interface of the service, with logging around it.
func buildRouter(config: Config) -> Router<BasicRequestContext> {
  let routes: [String: @Sendable (Request, BasicRequestContext) async throws -> Response] = [
    "/": { _, _ in
      try .json(["service": config.name, "language": "swift", "version": config.version])
    },
    "/healthz": { _, _ in
      try .json(["status": "ok"])
    },
    "/upstreams": { _, _ in
      try .json(await config.upstreams.ask())
    },
  ]
  let router = Router(options: .autoGenerateHeadEndpoints)
  router.add(middleware: RequestLog())
  router.add(middleware: JSONErrors())
  router.add(middleware: ReadOnly(paths: Set(routes.keys)))
  for (path, handler) in routes {
    router.get(RouterPath(path), use: handler)
  }
  return router
}

extension Response {
  /// An answer of this service: all of them are JSON.
  static func json(
    _ body: some Encodable,
    status: HTTPResponse.Status = .ok,
    headers: HTTPFields = [:]
  ) throws -> Response {
    var headers = headers
    headers[.contentType] = "application/json"
    let data = try JSONEncoder().encode(body)
    return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: data)))
  }
}
