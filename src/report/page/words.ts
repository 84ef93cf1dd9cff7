import type { Outcome } from "./data.js";

/** What an outcome means, as the documentation of `explain` has it. */
export const MEANING: Readonly<Record<Outcome, string>> = {
  won: "it holds",
  "not-selectable": "it has no usable time",
  "after-cutoff": "its effective time lies after the cutoff",
  "not-known": "it was captured after the cutoff",
  "too-old": "it is too old",
  "earlier-effective-time": "a later effective time wins",
  "earlier-ingested": "same effective time, captured earlier",
  "earlier-partition": "same times, in an earlier file",
  "earlier-row": "same times and file, an earlier row",
  gone: "it was the latest, but a later snapshot no longer has the key",
  tombstone: "it was the latest, and says the key is gone",
};

export function count(number: number): string {
  return number.toLocaleString("en-US");
}

export function counted(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** `every 15 minutes`. */
export function cadence(seconds: number | null): string {
  if (seconds === null) return "no cadence expected";
  const [size, unit] =
    seconds % 3600 === 0 ? [3600, "hour"] : seconds % 60 === 0 ? [60, "minute"] : [1, "second"];
  const times = seconds / size;
  return times === 1 ? `one capture a ${unit} expected` : `one capture every ${times} ${unit}s expected`;
}

/** The end of a path, which says most of it. */
export function shortPath(path: string): string {
  return path.split("/").slice(-2).join("/");
}

/** A span of time in one unit: `2 h`. */
export function age(seconds: number): string {
  const units = [
    [86_400, "d"],
    [3600, "h"],
    [60, "min"],
  ] as const;
  for (const [size, unit] of units) if (seconds >= size * 2) return `${Math.floor(seconds / size)} ${unit}`;
  return `${Math.floor(seconds)} s`;
}
