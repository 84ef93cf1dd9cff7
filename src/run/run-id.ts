import { formatRunTs, parseRunTs } from "../dataset/index.js";
import { randomHex } from "../digest.js";
import { BronzeError } from "../errors.js";
import { shown } from "../shown.js";

/**
 * `20260115T234500Z-3f9a1c`: the second a run started, UTC, and random digits. Ids sort by start; two runs of one
 * second, or of a clock that was set back, still differ.
 */
export function newRunId(startedNs: bigint): string {
  return `${formatRunTs(startedNs)}-${randomHex(4)}`;
}

/**
 * When the run of an id started, epoch nanoseconds.
 * @throws BronzeError `INVALID_ARGUMENT`
 */
export function startOfRunId(id: string): bigint {
  if (typeof id === "string" && isRunId(id)) return parseRunTs(id.slice(0, id.indexOf("-")));
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `${shown(id)} is no id of a run of this library; they look like 20260115T234500Z-3f9a1c07.`,
    { run_id: id },
  );
}

/** Whether a text has the form of an id that this library gives. */
export function isRunId(text: string): boolean {
  return /^\d{8}T\d{6}Z-[0-9a-f]{8}$/.test(text);
}
