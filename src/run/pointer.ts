import type * as z from "zod";
import { BronzeError, isBronzeError } from "../errors.js";
import type { Json } from "../json/index.js";
import {
  assertOptions,
  either,
  flag,
  given,
  type OptionTable,
  required,
  text,
  zodObject,
} from "../options.js";
import { withText } from "../printed.js";
import { shown } from "../shown.js";
import { assertPath, locksOf, readIfThere, type Storage, writeBack } from "../storage/index.js";
import {
  type DurationLike,
  formatInstant,
  type InstantLike,
  toDurationNs,
  toEpochNs,
} from "../time/index.js";
import { encodePointer, type Pointer, parsePointer, type WrittenPointer } from "./pointer-file.js";
import { type RunPlace, storageAt } from "./run-place.js";
import { pointerText } from "./run-text.js";

/**
 * Where a pointer goes.
 *
 * @category Runs
 */
export interface PointerTarget {
  readonly run_id: string;
  readonly run_as_of_ts: InstantLike;
  readonly inputs_digest?: string;
  /** What else the file is to hold. */
  readonly fields?: Readonly<Record<string, Json>>;
}

/**
 * Under which condition a pointer may move.
 *
 * @category Runs
 */
export interface MovePointerOptions {
  /** The run it must name now (`null`: it must not exist). Default: whatever it names. */
  readonly expected?: string | null;
  /** Moves it to an earlier cutoff too, and over a file that is no pointer. Default: false. */
  readonly force?: boolean;
  /** Time of writing. Default: the system clock. */
  readonly now?: InstantLike;
}

/**
 * How to read a pointer.
 *
 * @category Runs
 */
export interface ReadPointerOptions<Fields extends z.core.$ZodObject = z.core.$ZodObject> {
  /** What else it holds. */
  readonly fields?: Fields;
  /** How long ago its cutoff may lie: last week's run must not stand in for tonight's. Default: no bound. */
  readonly maxAge?: DurationLike;
}

export const READ_POINTER_OPTIONS: OptionTable<ReadPointerOptions> = { fields: zodObject, maxAge: given };
const READ_OPTIONS: OptionTable<ReadPointerOptions & { readonly now?: InstantLike }> = {
  ...READ_POINTER_OPTIONS,
  now: given,
};
const TARGET_OPTIONS: OptionTable<PointerTarget> = {
  run_id: required(text),
  run_as_of_ts: required(given),
  inputs_digest: text,
  fields: given,
};
export const EXPECTED = either(text, { is: "null", accepts: (value) => value === null });
const MOVE_OPTIONS: OptionTable<MovePointerOptions> = {
  expected: EXPECTED,
  force: flag,
  now: given,
};

/**
 * Reads a pointer, also one that another program wrote: it must name a run and its cutoff; what it does not say is
 * missing in the result.
 *
 * @returns `undefined` where there is none
 * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_PATH`, `INVALID_INSTANT`, `INVALID_DURATION`;
 * `POINTER_INVALID`, `POINTER_STALE`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
 * @example
 * ```ts
 * const latest = await readPointer({ root: "data" }, "projections/latest_run.json");
 * latest?.run_id;
 * ```
 * @category Runs
 */
export async function readPointer<Fields extends z.core.$ZodObject = z.core.$ZodObject>(
  place: RunPlace,
  path: string,
  options: ReadPointerOptions<Fields> & { readonly now?: InstantLike } = {},
): Promise<Pointer<z.output<Fields>> | undefined> {
  return readPointerFrom(storageAt(place, "readPointer"), path, options);
}

export async function readPointerFrom<Fields extends z.core.$ZodObject = z.core.$ZodObject>(
  storage: Storage,
  path: string,
  options: ReadPointerOptions<Fields> & { readonly now?: InstantLike } = {},
): Promise<Pointer<z.output<Fields>> | undefined> {
  assertOptions(options, READ_OPTIONS, "readPointer");
  const { fields } = options;
  // Both, even where there is no pointer to compare with them.
  const nowNs = toEpochNs(options.now === undefined ? new Date() : options.now, "now");
  const maxAgeNs = options.maxAge === undefined ? undefined : toDurationNs(options.maxAge, "maxAge");
  const bytes = await readIfThere(storage, path);
  if (!bytes) return undefined;
  const pointer = parsePointer(bytes, path, fields);
  if (maxAgeNs !== undefined && nowNs - pointer.run_as_of_ts > maxAgeNs)
    throw new BronzeError(
      "POINTER_STALE",
      `${path} names ${pointer.run_id} as of ${formatInstant(pointer.run_as_of_ts)}, which is more than ${shown(options.maxAge)} before ${formatInstant(nowNs)}; see why no later run has moved it.`,
      { path, run_id: pointer.run_id },
    );
  return withText(pointer, pointerText);
}

/**
 * Moves a pointer: atomically, never to an earlier cutoff, and only from where the caller thinks it is. A run should use
 * its own `run.writePointer`, which also sees that the outputs exist.
 *
 * @throws BronzeError `INVALID_ARGUMENT`, also for a cutoff that has not come, `INVALID_PATH`, `INVALID_INSTANT`;
 * `POINTER_BACKWARDS`, `POINTER_MOVED`, `POINTER_INVALID`; of the lock, `LOCK_UNAVAILABLE`, `LOCK_HELD`,
 * `LOCK_LOST` and `NOT_A_LOCK`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
 * @example
 * ```ts
 * await writePointer({ root: "data" }, "projections/latest_run.json", { run_id, run_as_of_ts: cutoff });
 * ```
 * @category Runs
 */
export async function writePointer(
  place: RunPlace,
  path: string,
  target: PointerTarget,
  options: MovePointerOptions = {},
): Promise<{ readonly pointer: WrittenPointer; readonly from: Pointer | undefined }> {
  const storage = storageAt(place, "writePointer");
  assertOptions(target, TARGET_OPTIONS, "A pointer's target");
  assertOptions(options, MOVE_OPTIONS, "writePointer");
  const cutoff = toEpochNs(target.run_as_of_ts, "run_as_of_ts");
  if (cutoff > toEpochNs(options.now === undefined ? new Date() : options.now, "now") && !options.force)
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `${path} would name a run as of ${formatInstant(cutoff)}, which has not come yet: no later run could move it.`,
      { path, run_id: target.run_id },
    );
  return movePointer(storage, path, target, options);
}

export async function movePointer(
  storage: Storage,
  path: string,
  target: PointerTarget,
  options: MovePointerOptions,
): Promise<{ readonly pointer: WrittenPointer; readonly from: Pointer | undefined }> {
  const { force = false, expected } = options;
  const run_as_of_ts = toEpochNs(target.run_as_of_ts, "run_as_of_ts");
  const generated_at = toEpochNs(options.now === undefined ? new Date() : options.now, "now");
  const { run_id, inputs_digest, fields } = target;
  const pointer: WrittenPointer = {
    run_id,
    run_as_of_ts,
    generated_at,
    ...(inputs_digest && { inputs_digest }),
  };
  const bytes = encodePointer(pointer, fields, path);
  // The lock makes compare and move one step; the replacement is the commit point.
  const lock = await locksOf(storage, "a pointer").lock(pointerLock(path));
  try {
    const before = await readIfThere(storage, path);
    const from = before && pointerOr(before, path, force);
    if (expected !== undefined && (from?.run_id ?? null) !== expected)
      throw new BronzeError(
        "POINTER_MOVED",
        `${path} was to move from ${expected ?? "nothing"} to ${run_id}, but it names ${from?.run_id ?? "nothing"} now; read it again and decide again.`,
        { path, expected, actual: from?.run_id ?? null, run_id },
      );
    if (from && !force && from.run_as_of_ts > run_as_of_ts)
      throw new BronzeError(
        "POINTER_BACKWARDS",
        `${path} names ${from.run_id} as of ${formatInstant(from.run_as_of_ts)}; moving it back to ${run_id} as of ${formatInstant(run_as_of_ts)} needs { force: true }.`,
        { path, from: from.run_id, run_id },
      );
    await writeBack(storage, path, before, bytes);
    return { pointer: withText(pointer, pointerText), from };
  } finally {
    await lock.release();
  }
}

/** `undefined` for one that says nothing, which may be replaced. @throws BronzeError `POINTER_INVALID` */
function pointerOr(bytes: Uint8Array, path: string, force: boolean): Pointer | undefined {
  try {
    return withText(parsePointer(bytes, path, undefined), pointerText);
  } catch (error) {
    if (force && isBronzeError(error, "POINTER_INVALID")) return undefined;
    throw error;
  }
}

/** The lock under which a pointer moves. */
export function pointerLock(path: string): string {
  assertPath(path);
  const slash = path.lastIndexOf("/") + 1;
  return `${path.slice(0, slash)}.${path.slice(slash)}.lock`;
}
