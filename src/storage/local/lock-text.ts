import { hostname } from "node:os";

/** The start of every line that this library leaves in a lock file; `N` is any digits. */
const BEGINS = '{"pid":N,"host":"';

/** A lock file is never larger; a larger file is someone's data. */
export const MAX_LOCK_FILE_BYTES = 4096;

/** One line of JSON for people: who holds a lock. */
export function holderLine(since: string, facts: object): string {
  const own = { pid: process.pid, host: hostname(), since };
  const line = JSON.stringify({ ...own, ...facts });
  return Buffer.byteLength(line) < MAX_LOCK_FILE_BYTES / 2 ? line : JSON.stringify(own);
}

/**
 * Whether a file with this text is a lock file: empty, as `flock(1)` and a released lock leave it, or lines of holders,
 * the last of which a full disk may have cut, or zeros where a power cut came before the text. Anything else is
 * someone's data.
 */
export function isLockText(text: string): boolean {
  if (text === "" || /^\0+$/.test(text)) return true;
  const lines = text.split("\n");
  const last = lines.pop()!;
  return lines.every(isHolderLine) && (last === "" ? lines.length > 0 : beginsLikeHolder(last));
}

function isHolderLine(line: string): boolean {
  try {
    const { pid, host, since } = JSON.parse(line) as Record<string, unknown>;
    const isHolder = Number.isInteger(pid) && typeof host === "string" && typeof since === "string";
    return isHolder && beginsLikeHolder(line);
  } catch {
    return false;
  }
}

function beginsLikeHolder(line: string): boolean {
  const start = line.slice(0, 200).replace(/\d+/, "N");
  return !line.includes("\0") && (start.startsWith(BEGINS) || BEGINS.startsWith(start));
}

/** What the holder wrote about itself, in the first line. It may come from anyone: it is shown, never acted upon. */
export function holderIn(text: string | undefined): string | undefined {
  return text?.split("\n")[0]?.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "?") || undefined;
}
