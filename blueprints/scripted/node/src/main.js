// A small HTTP service that knows its name, its health and its neighbours.
//
// Everything is configured by the environment: PORT, SERVICE_NAME, SERVICE_VERSION and UPSTREAMS.
import { configFromEnv } from "./config.js";
import { createHandler, createRoutes } from "./handler.js";
import { checkHealth } from "./healthcheck.js";
import { createLog } from "./log.js";
import { createServer, serve } from "./server.js";

async function run(args) {
  const config = configFromEnv(process.env);
  if (args.length === 1 && args[0] === "healthcheck") {
    return checkHealth(config.port);
  }
  if (args.length > 0) {
    throw new Error(`unknown arguments ${JSON.stringify(args)}: the only one is healthcheck`);
  }
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"]) {
    process.on(signal, () => stop.abort());
  }
  const log = createLog();
  const server = createServer(createHandler(createRoutes(config), log), log);
  return serve(server, { port: config.port, log, signal: stop.signal });
}

try {
  await run(process.argv.slice(2));
  process.exit(); // whatever is still being asked for, nobody waits for the answer
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
