import { once } from "node:events";
import http from "node:http";

/** How many milliseconds requests that have begun may take once the service is told to stop. */
const stopLimit = 4000;

/** A server that leaves to handler what Node would answer by itself, with neither JSON nor a line in the log. */
export function createServer(handler, log) {
  return http
    .createServer({ requireHostHeader: false }, handler)
    .on("checkExpectation", handler)
    .on("connect", (request, socket) => handler(request, createResponse(request, socket)))
    .on("clientError", (error, socket) => refuse(error, socket, log));
}

/** Listens on all interfaces until signal aborts, then finishes the requests that have begun. */
export async function serve(server, { port, log, signal, limit = stopLimit }) {
  server.listen(port, "0.0.0.0");
  await once(server, "listening");
  log.info("listening", { port: server.address().port });
  if (!signal.aborted) {
    await once(signal, "abort");
  }
  log.info("stopping");
  await stop(server, limit);
}

async function stop(server, limit) {
  const closed = new Promise((resolve) => server.close(resolve));
  // close() hangs up on the connections that are idle now; this does on those that get idle later.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const late = setTimeout(() => server.closeAllConnections(), limit);
  await closed;
  clearInterval(idle);
  clearTimeout(late);
}

/** The response to a CONNECT: Node makes none, because the connection could become a tunnel. Here it ends instead. */
function createResponse(request, socket) {
  const response = new http.ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.on("finish", () => socket.destroySoon());
  socket.on("error", () => socket.destroy());
  return response;
}

/** Answers what is not HTTP in JSON too, which Node would answer without a body. */
function refuse(error, socket, log) {
  if (!socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  log.warn("bad request", { error: error.message });
  const body = '{"error":"bad request"}\n';
  socket.end(
    [
      "HTTP/1.1 400 Bad Request",
      "Connection: close",
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
      "",
      body,
    ].join("\r\n"),
  );
}
