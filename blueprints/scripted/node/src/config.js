/** Reads the configuration from env, which is process.env outside of tests. */
export function configFromEnv(env) {
  return {
    port: parsePort(env.PORT || "8080"),
    name: env.SERVICE_NAME || "service",
    version: env.SERVICE_VERSION || "dev",
    upstreams: parseUpstreams(env.UPSTREAMS ?? ""),
  };
}

function parsePort(value) {
  const port = /^\d+$/.test(value) ? Number(value) : 0;
  if (port < 1 || port > 65535) {
    throw new Error(`PORT must be a number from 1 to 65535, not ${JSON.stringify(value)}`);
  }
  return port;
}

/** Reads "name=url,name=url". An entry without a URL stays in the list: asking it shows what is wrong. */
function parseUpstreams(value) {
  return value
    .split(",")
    .map((entry) => {
      const [name, ...url] = entry.split("=");
      return { name: name.trim(), url: url.join("=").trim() };
    })
    .filter(({ name }) => name !== "");
}
