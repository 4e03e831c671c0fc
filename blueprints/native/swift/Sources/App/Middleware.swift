import Hummingbird
import Logging

/// Logs every request once it is answered.
struct RequestLog<Context: RequestContext>: RouterMiddleware {
  func handle(
    _ request: Request,
    context: Context,
    next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let began = ContinuousClock.now
    let response = try await next(request, context)
    context.logger.info(
      "request",
      metadata: [
        "method": "\(request.method)",
        "path": "\(request.uri.path)",
        "status": .stringConvertible(response.status.code),
        "ms": .stringConvertible(began.millisecondsUntilNow),
      ]
    )
    return response
  }
}

/// Turns errors into JSON, and a bug into an answer that gives nothing away.
struct JSONErrors<Context: RequestContext>: RouterMiddleware {
  func handle(
    _ request: Request,
    context: Context,
    next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as HTTPError {
      let message = error.status.reasonPhrase.lowercased()
      return try .json(["error": message], status: error.status, headers: error.headers)
    } catch {
      context.logger.error("unexpected error", error: error)
      return try .json(["error": "internal error"], status: .internalServerError)
    }
  }
}

/// Answers 405 where the router, which knows no path without its method, says 404.
struct ReadOnly<Context: RequestContext>: RouterMiddleware {
  let paths: Set<String>

  func handle(
    _ request: Request,
    context: Context,
    next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    if paths.contains(request.uri.path), request.method != .get, request.method != .head {
      throw HTTPError(.methodNotAllowed, headers: [.allow: "GET, HEAD"])
    }
    return try await next(request, context)
  }
}
