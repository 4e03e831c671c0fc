import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { createServer, serve } from "../src/server.js";
import { collectLog, startService } from "./support/servers.js";

test("stopping finishes what it began, and waits for no idle connection", async () => {
  const begun = Promise.withResolvers();
  const log = collectLog();
  const server = createServer((_, response) => begun.resolve(response), log);
  const stop = new AbortController();
  const served = serve(server, { port: 0, log, signal: stop.signal });
  await once(server, "listening");
  const { port } = server.address();
  const idle = net.connect(port, "127.0.0.1");
  await once(idle, "connect");
  const agent = new http.Agent({ keepAlive: true });
  const answered = once(http.get({ port, host: "127.0.0.1", agent }), "response");

  const response = await begun.promise;
  stop.abort();
  await once(net.connect(port, "127.0.0.1"), "error"); // no longer accepted
  const began = performance.now();
  response.end("done");
  const [answer] = await answered;
  assert.equal(await text(answer), "done");
  await served;
  assert.ok(performance.now() - began < 3000, "waited for a connection that is kept alive");
});

test("stopping gives up on a request that does not end", async () => {
  const log = collectLog();
  const stop = new AbortController();
  const server = createServer(() => stop.abort(), log);
  const served = serve(server, { port: 0, log, signal: stop.signal, limit: 100 });
  await once(server, "listening");
  const request = http.get({ port: server.address().port, host: "127.0.0.1" });
  await assert.rejects(once(request, "response"), { code: "ECONNRESET" });
  await served;
});

test("what is not HTTP is refused in JSON", async (t) => {
  const lines = [];
  const { port } = new URL(await startService(t, { lines }));
  const socket = net.connect(port, "127.0.0.1");
  socket.write("what?\r\n\r\n");
  const answer = await text(socket);
  assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
  assert.match(answer, /\r\n\r\n{"error":"bad request"}\n$/);
  assert.deepEqual(
    lines.map(({ level, msg }) => [level, msg]),
    [["warn", "bad request"]],
  );
});

for (const [what, head, status, path] of [
  ["a request without a Host", "GET /healthz HTTP/1.1", 400, "/healthz"],
  ["HTTP/1.0, which has none", "GET /healthz HTTP/1.0", 200, "/healthz"],
  ["the whole URL", "GET http://x/healthz?q=1 HTTP/1.1\r\nHost: x", 200, "/healthz"],
  ["the URL of a host", "GET HTTP://x HTTP/1.1\r\nHost: x", 200, "/"],
  ["an unknown expectation", "GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles", 200, "/"],
  ["a tunnel", "CONNECT x:443 HTTP/1.1\r\nHost: x:443", 404, "x:443"],
]) {
  test(`${what} is answered in JSON, and logged`, async (t) => {
    const lines = [];
    const { port } = new URL(await startService(t, { lines }));
    const socket = net.connect(port, "127.0.0.1");
    socket.write(`${head}\r\nConnection: close\r\n\r\n`);
    const answer = await text(socket);
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
    assert.match(answer, /\r\nContent-Type: application\/json\r\n/);
    assert.match(answer, /\r\n\r\n{.*}\n$/);
    assert.deepEqual(
      lines.map((line) => [line.msg, line.path, line.status]),
      [["request", path, status]],
    );
  });
}
