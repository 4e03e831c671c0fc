import assert from "node:assert/strict";
import { test } from "node:test";
import { startService, startUpstream } from "./support/servers.js";

const config = { name: "orders", version: "1.2.3", upstreams: [] };

for (const [method, path, status, body] of [
  ["GET", "/", 200, { service: "orders", language: "node", version: "1.2.3" }],
  ["GET", "/?q=1", 200, { service: "orders", language: "node", version: "1.2.3" }],
  ["GET", "/healthz", 200, { status: "ok" }],
  ["GET", "/upstreams", 200, {}],
  ["GET", "/nowhere", 404, { error: "not found" }],
  ["GET", "//", 404, { error: "not found" }],
  ["GET", "/healthz/deeper", 404, { error: "not found" }],
  ["GET", "/%zz", 404, { error: "not found" }],
  ["POST", "/nowhere", 404, { error: "not found" }],
  ["POST", "/", 405, { error: "method not allowed" }],
  ["DELETE", "/upstreams", 405, { error: "method not allowed" }],
]) {
  test(`${method} ${path}`, async (t) => {
    const response = await fetch((await startService(t, { config })) + path, { method });
    assert.equal(response.status, status);
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.equal(response.headers.get("allow"), status === 405 ? "GET, HEAD" : null);
    assert.deepEqual(await response.json(), body);
  });
}

test("HEAD is GET without the body", async (t) => {
  const response = await fetch(await startService(t, { config }), { method: "HEAD" });
  assert.equal(response.status, 200);
  assert.equal(await response.text(), "");
});

test("/upstreams reports each by its name", async (t) => {
  const url = await startUpstream(t, (_, response) => response.end());
  const upstreams = [
    { name: "users", url },
    { name: "odd", url: "" },
  ];
  const service = await startService(t, { config: { ...config, upstreams } });
  const reports = await (await fetch(`${service}/upstreams`)).json();
  assert.deepEqual(Object.keys(reports), ["users", "odd"]);
  assert.equal(reports.users.status, "ok");
  assert.equal(reports.odd.status, "unreachable");
  assert.ok(Number.isInteger(reports.users.ms));
});

test("a bug gives nothing away", async (t) => {
  const bugs = [
    [() => Promise.reject(new Error("secret")), /secret/],
    [() => ({ id: 1n }), /BigInt/],
    [() => undefined, /undefined/],
  ];
  for (const [bug, logged] of bugs) {
    const lines = [];
    const response = await fetch(await startService(t, { routes: new Map([["/", bug]]), lines }));
    assert.equal(response.status, 500);
    assert.equal(await response.text(), '{"error":"internal error"}\n');
    assert.deepEqual(
      lines.map(({ level }) => level),
      ["error", "info"],
    );
    assert.match(lines[0].error, logged);
  }
});

test("every request is one line in the log", async (t) => {
  const lines = [];
  await fetch(`${await startService(t, { config, lines })}/nowhere?q=1`);
  assert.equal(lines.length, 1);
  const { time, ms, ...rest } = lines[0];
  assert.deepEqual(rest, { level: "info", msg: "request", method: "GET", path: "/nowhere", status: 404 });
  assert.equal(new Date(time).toISOString(), time);
  assert.ok(Number.isInteger(ms));
});
