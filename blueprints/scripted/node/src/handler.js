import { askUpstreams } from "./upstreams.js";

/** What the service answers: a function for each path, whose result is sent as JSON. */
export function createRoutes(config) {
  return new Map([
    ["/", () => ({ service: config.name, language: "node", version: config.version })],
    ["/healthz", () => ({ status: "ok" })],
    ["/upstreams", () => askUpstreams(config.upstreams)],
  ]);
}

/** Turns the routes into a request listener, with logging around it. */
export function createHandler(routes, log) {
  return async (request, response) => {
    const began = performance.now();
    const { method } = request;
    const path = pathOf(request.url);
    const { status, headers, body } = await answer(routes, request, path).catch((error) => {
      // A bug: the client learns nothing of it but that it is there.
      log.error("unexpected error", { method, path, error: error?.stack ?? String(error) });
      return json(500, { error: "internal error" });
    });
    response.writeHead(status, headers).end(body);
    log.info("request", { method, path, status, ms: Math.round(performance.now() - began) });
  };
}

async function answer(routes, { method, httpVersion, headers }, path) {
  if (httpVersion === "1.1" && headers.host === undefined) {
    return json(400, { error: "bad request" });
  }
  const route = routes.get(path);
  if (route === undefined) {
    return json(404, { error: "not found" });
  }
  if (method !== "GET" && method !== "HEAD") {
    return json(405, { error: "method not allowed" }, { Allow: "GET, HEAD" });
  }
  return json(200, await route());
}

/** The path that a request asks for: without the query, and without the scheme and host that a proxy is told. */
function pathOf(url) {
  const [path] = url.replace(/^https?:\/\/[^/?]*/i, "").split("?", 1);
  return path || "/";
}

function json(status, value, headers) {
  const text = JSON.stringify(value);
  if (text === undefined) {
    throw new TypeError(`no JSON for ${String(value)}`);
  }
  const body = `${text}\n`;
  return {
    status,
    headers: {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
      ...headers,
    },
    body,
  };
}
