import http from "node:http";
import https from "node:https";

/**
 * Resolves to the status that a URL answers with, and rejects when there is none within limit milliseconds.
 *
 * Not fetch, which refuses some ports that a service may listen on, and answers data: URLs by itself.
 */
export function getStatus(url, limit) {
  return new Promise((resolve, reject) => {
    const target = new URL(url);
    const { get } = target.protocol === "https:" ? https : http;
    const request = get(target, { signal: AbortSignal.timeout(limit) }, (response) => {
      resolve(response.statusCode);
      response.destroy();
    });
    request.on("error", reject);
    // A server that switches protocols unasked is hung up on without an error.
    request.on("close", () => reject(new Error("closed without an answer")));
  });
}

export function isSuccess(status) {
  return status >= 200 && status < 300;
}
