import { getStatus, isSuccess } from "./client.js";

/** Asks the service that runs in this container, so that the image needs no shell or curl. */
export async function checkHealth(port) {
  const status = await getStatus(`http://127.0.0.1:${port}/healthz`, 2000);
  if (!isSuccess(status)) {
    throw new Error(`unhealthy: status ${status}`);
  }
}
