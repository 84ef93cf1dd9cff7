import type { ServerResponse } from "node:http";
import type { LiveReport } from "./live-report.js";

/** A connection of which nothing is heard for so long would be taken for one that is gone. */
const ALIVE_EVERY_MS = 15_000;

/** Tells a page the number of the tree's state: now, and after each change, until it goes away (server-sent events). */
export function sendStates(response: ServerResponse, live: LiveReport): void {
  const tell = () => response.write(`event: state\ndata: ${live.number}\n\n`);
  response.write("retry: 1000\n\n");
  tell();
  const stop = live.onChange(tell);
  const alive = setInterval(() => response.write(":\n\n"), ALIVE_EVERY_MS);
  alive.unref();
  response.on("close", () => {
    stop();
    clearInterval(alive);
  });
}
