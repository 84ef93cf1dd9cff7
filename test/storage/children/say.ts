import { readSync, writeSync } from "node:fs";

/** Prints a line at once: what was said before a kill has been said. */
export function say(line: string): void {
  writeSync(1, `${line}\n`);
}

/** Blocks until the parent says go. */
export function waitForGo(): void {
  say("ready");
  readSync(0, Buffer.alloc(16));
}
