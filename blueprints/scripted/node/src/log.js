/** Logs one JSON object a line. */
export function createLog(write = (line) => process.stdout.write(line)) {
  const at = (level) => (msg, fields) =>
    write(`${JSON.stringify({ time: new Date().toISOString(), level, msg, ...fields })}\n`);
  return { info: at("info"), warn: at("warn"), error: at("error") };
}
