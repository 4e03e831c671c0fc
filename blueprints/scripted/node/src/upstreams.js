import { getStatus, isSuccess } from "./client.js";

/** How many milliseconds one upstream may take to answer. */
export const upstreamLimit = 2000;

/** Asks all of them at once, so that it takes as long as the slowest one and no longer than upstreamLimit. */
export async function askUpstreams(upstreams) {
  const reports = upstreams.map(async ({ name, url }) => [name, await ask(url)]);
  return Object.fromEntries(await Promise.all(reports));
}

async function ask(url) {
  const began = performance.now();
  const ok = await getStatus(url, upstreamLimit).then(isSuccess, () => false);
  return { status: ok ? "ok" : "unreachable", ms: Math.round(performance.now() - began) };
}
