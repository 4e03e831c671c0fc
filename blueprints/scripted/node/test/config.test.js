import assert from "node:assert/strict";
import { test } from "node:test";
import { configFromEnv } from "../src/config.js";

test("defaults", () => {
  const defaults = { port: 8080, name: "service", version: "dev", upstreams: [] };
  assert.deepEqual(configFromEnv({}), defaults);
  assert.deepEqual(
    configFromEnv({ PORT: "", SERVICE_NAME: "", SERVICE_VERSION: "", UPSTREAMS: "" }),
    defaults,
  );
});

test("everything set", () => {
  const config = configFromEnv({
    PORT: "9090",
    SERVICE_NAME: "orders",
    SERVICE_VERSION: "1.2.3",
    UPSTREAMS: " users = http://users:8080/healthz ,, stock=http://stock:8080/?a=b,odd",
  });
  assert.deepEqual(config, {
    port: 9090,
    name: "orders",
    version: "1.2.3",
    upstreams: [
      { name: "users", url: "http://users:8080/healthz" },
      { name: "stock", url: "http://stock:8080/?a=b" },
      { name: "odd", url: "" },
    ],
  });
});

for (const port of ["http", "0", "65536", "-1", "+1", "80 80", "8080.5", "1e3", "0x50", " "]) {
  test(`PORT=${JSON.stringify(port)} is refused`, () => {
    assert.throws(() => configFromEnv({ PORT: port }), {
      message: `PORT must be a number from 1 to 65535, not "${port}"`,
    });
  });
}
