import assert from "node:assert/strict";
import { test } from "node:test";
import { askUpstreams, upstreamLimit } from "../src/upstreams.js";
import { closedURL, startNonsense, startUpstream } from "./support/servers.js";

test("upstreams are asked at once, and each is what it is", async (t) => {
  const answering = (status, headers) =>
    startUpstream(t, (_, response) => response.writeHead(status, headers).end());
  const hanging = () => startUpstream(t, () => {});
  const live = await answering(200);
  const expected = {
    live: [live, "ok"],
    empty: [await answering(204), "ok"],
    endless: [await startUpstream(t, (_, response) => response.write("and so on")), "ok"],
    dead: [await closedURL(), "unreachable"],
    failing: [await answering(500), "unreachable"],
    moved: [await answering(302, { Location: live }), "unreachable"],
    slow: [await hanging(), "unreachable"],
    slower: [await hanging(), "unreachable"],
    slowest: [await hanging(), "unreachable"],
    nonsense: [await startNonsense(t, "what?\r\n"), "unreachable"],
    silent: [await startNonsense(t, ""), "unreachable"],
    switching: [
      await startNonsense(t, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
      "unreachable",
    ],
    nowhere: ["", "unreachable"],
    invalid: ["http://", "unreachable"],
    data: ["data:,hello", "unreachable"],
  };

  const began = performance.now();
  const reports = await askUpstreams(Object.entries(expected).map(([name, [url]]) => ({ name, url })));
  const took = performance.now() - began;

  assert.deepEqual(
    Object.entries(reports).map(([name, { status }]) => [name, status]),
    Object.entries(expected).map(([name, [, status]]) => [name, status]),
  );
  assert.ok(took < 2 * upstreamLimit, `took ${took} ms: they are not asked at once, or not limited`);
  assert.ok(reports.slow.ms >= upstreamLimit - 50, `slow was given up after ${reports.slow.ms} ms`);
});
