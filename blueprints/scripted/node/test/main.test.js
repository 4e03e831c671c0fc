import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { closedURL, startService, startUpstream } from "./support/servers.js";

/** Runs the program as the image does, and resolves to all that is to be seen of it from the outside. */
async function run(args, env) {
  const child = spawn(process.execPath, ["src/main.js", ...args], { env });
  const [[code], stdout, stderr] = await Promise.all([
    once(child, "exit"),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, stdout, stderr };
}

test("a bad PORT is one clear line", async () => {
  assert.deepEqual(await run([], { PORT: "http" }), {
    code: 1,
    stdout: "",
    stderr: 'PORT must be a number from 1 to 65535, not "http"\n',
  });
});

test("a typo does not start the service", async () => {
  const { code, stderr } = await run(["healthchek"], {});
  assert.equal(code, 1);
  assert.match(stderr, /^unknown arguments \["healthchek"\].*\n$/);
});

test("the health probe", async (t) => {
  const probe = (url) => run(["healthcheck"], { PORT: new URL(url).port });
  const failing = await startUpstream(t, (_, response) => response.writeHead(500).end());
  assert.deepEqual(await probe(await startService(t)), { code: 0, stdout: "", stderr: "" });
  assert.deepEqual(await probe(failing), { code: 1, stdout: "", stderr: "unhealthy: status 500\n" });
  assert.equal((await probe(await closedURL())).code, 1);
});

for (const signal of ["SIGTERM", "SIGINT"]) {
  test(`${signal} stops the service, and every line of its log is JSON`, async () => {
    const { port } = new URL(await closedURL());
    const child = spawn(process.execPath, ["src/main.js"], { env: { PORT: port } });
    const output = text(child.stdout);
    await once(child.stdout, "data");
    child.kill(signal);
    assert.deepEqual(await once(child, "exit"), [0, null]);
    const lines = (await output).trimEnd().split("\n").map(JSON.parse);
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      ["listening", "stopping"],
    );
  });
}
