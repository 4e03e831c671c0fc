import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { createHandler, createRoutes } from "../../src/handler.js";
import { createLog } from "../../src/log.js";
import { createServer } from "../../src/server.js";

/** Starts server on a free port for as long as the test t runs, and resolves to its URL. */
async function start(t, server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections?.();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/** An upstream that answers each request with handler. */
export function startUpstream(t, handler) {
  return start(t, http.createServer(handler));
}

/** An upstream that says text, whatever it is asked, and hangs up. */
export function startNonsense(t, text) {
  return start(
    t,
    net.createServer((socket) => socket.on("error", () => {}).end(text)),
  );
}

/** The URL of an upstream that is gone. */
export async function closedURL() {
  const server = http.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** The service itself. What it logs is added to lines, parsed. */
export function startService(t, { config = {}, routes = createRoutes(config), lines = [] } = {}) {
  const log = collectLog(lines);
  return start(t, createServer(createHandler(routes, log), log));
}

export function collectLog(lines = []) {
  return createLog((line) => lines.push(JSON.parse(line)));
}
