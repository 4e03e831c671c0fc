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
    const [path] = request.url.split("?", 1);
    const { status, headers, body } = await answer(routes, method, path).catch((error) => {
      // A bug: the client learns nothing of it but that it is there.
      log.error("unexpected error", { method, path, error: error?.stack ?? String(error) });
      return { status: 500, body: { error: "internal error" } };
    });
    sendJSON(response, status, body, headers);
    log.info("request", { method, path, status, ms: Math.round(performance.now() - began) });
  };
}

async function answer(routes, method, path) {
  const route = routes.get(path);
  if (route === undefined) {
    return { status: 404, body: { error: "not found" } };
  }
  if (method !== "GET" && method !== "HEAD") {
    return { status: 405, body: { error: "method not allowed" }, headers: { Allow: "GET, HEAD" } };
  }
  return { status: 200, body: await route() };
}

function sendJSON(response, status, body, headers) {
  const text = `${JSON.stringify(body)}\n`;
  response
    .writeHead(status, {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(text),
      ...headers,
    })
    .end(text);
}
