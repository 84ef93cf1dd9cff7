import { hostname } from "node:os";

/** How every line that this library leaves in a lock file begins; `N` stands for digits. */
const BEGINS = '{"pid":N,"host":"';

/** No more of a lock file is ever looked at. */
export const MAX_LOCK_TEXT_BYTES = 1024;

/** One line of JSON for people: who holds a lock. */
export function holderLine(since: string, facts: object): string {
  return JSON.stringify({ pid: process.pid, host: hostname(), since, ...facts });
}

/**
 * Whether a file that begins like this is a lock file: empty, as `flock(1)` and a released lock leave it, or begun by a
 * holder, whose write a full disk or a power cut may have ended early. Anything else is someone's data.
 */
export function isLockText(text: string): boolean {
  const start = text.slice(0, 200).replace(/\d+/, "N");
  return start.startsWith(BEGINS) || BEGINS.startsWith(start) || /^\0+$/.test(text);
}

/** What the holder says of itself, in the first line. Anyone may have written it: shown, never acted upon. */
export function holderIn(text: string | undefined): string | undefined {
  return text?.split("\n")[0]?.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "?") || undefined;
}
