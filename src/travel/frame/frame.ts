import type { AnyDataset } from "../../dataset/index.js";
import type { ReadCost } from "../../storage/index.js";
import type { Cell, Column, ColumnType, IntegerCells } from "../../table/index.js";

/**
 * The data that a question is answered from: the files of some days, with one common set of columns. Plain data in
 * memory; time travel does not depend on where the bytes came from.
 */
export interface Frame {
  readonly dataset: AnyDataset;
  /** Files in partition order, which is part of the selection order. */
  readonly parts: readonly Part[];
  /** The columns of all parts together, the schema's first; with `asked`, those and the ones that decide which rows hold. */
  readonly columns: ReadonlyMap<string, FrameColumn>;
  /** The columns that rows of an answer have, in order, where not all were asked for. Default: all. */
  readonly asked?: readonly string[] | undefined;
  /** Files that hold nothing at or before `horizonNs` and were not decoded. */
  readonly pruned: readonly FileRead[];
  /** Undeclared columns that cannot be kept: they are in no answer. */
  readonly omitted?: readonly OmittedColumn[];
  /** Corrupt files that were skipped on request. */
  readonly skipped?: readonly string[];
  /** The requested dates that had no file, ascending. */
  readonly datesWithoutFiles?: readonly string[];
  /** Data-like names in the folders of the days that were passed over, and why. */
  readonly ignored?: readonly { readonly path: string; readonly reason: string }[];
  /** Parts of the days' history that were pruned. */
  readonly gone?: GoneHistory | undefined;
  /** What is not there, where the dataset has no files at all. */
  readonly missing?: "folder" | "root" | undefined;
  /** What reading it cost; `undefined` where nothing was read. */
  readonly cost?: ReadCost;
  /** The latest cutoff this frame can answer; `undefined` where there is no limit. */
  readonly horizonNs: bigint | undefined;
}

/** One column of a frame. */
export interface FrameColumn {
  readonly type: ColumnType;
  readonly integers: IntegerCells;
}

/**
 * A column that is left out of an answer: nobody declared it, and its type is one that this library does not keep
 * exactly.
 *
 * @category Answers
 */
export interface OmittedColumn {
  readonly column: string;
  /** The type, and why it cannot be kept. */
  readonly reason: string;
  /** The first file that has it so. */
  readonly file: string;
}

/**
 * A file a selection took into account.
 *
 * @category Answers
 */
export interface FileRead {
  /** Path relative to the storage's root. */
  readonly path: string;
  readonly rows: number;
  readonly sizeBytes: number;
}

/** One history file. */
export interface Part extends FileRead {
  /** The column under its unified type (instants keep their unit), or `undefined` when the file lacks it. */
  column(name: string): Column | undefined;
  /** What the writer declared about a snapshot, if it did. */
  readonly snapshot: DeclaredSnapshot | undefined;
  /** The state that the part is a piece of, where parts are not states of their own: parts with equal names are one. */
  readonly state?: string | undefined;
  /** Where its rows are now, if in a compacted file: the number in it of the part's first row. */
  readonly heldIn?: { readonly file: string; readonly firstRow: number };
  /** The number in the file of each row, where not all rows of the file are in the part. */
  readonly rowNumbers?: Uint32Array;
  /** What is known about the part's times and keys without its columns, if anything. */
  bounds?(): PartBounds | undefined;
}

/** What retention pruned of the history of a frame's days. */
export interface GoneHistory {
  readonly parts: readonly GonePart[];
  /** Whether answers that need such a part are given all the same, and say so. */
  readonly isAccepted: boolean;
}

/** A part of history that was pruned, by what was recorded of it. */
export interface GonePart extends FileRead {
  /** How many of the frame's parts lay before it. */
  readonly place: number;
  /** The part without its columns, where enough is known of it to prove that a question does not need it. */
  readonly proof: GoneProof | undefined;
}

/** What a record proves. */
export interface GoneProof {
  /** It has no columns. */
  readonly part: Part;
  /** Its earliest `ingested_ts`, where that is known of all its rows. */
  readonly firstCapturedNs: bigint | undefined;
  /** How many of its rows are ahead of their capture; `undefined` where that was not counted. */
  readonly rowsAhead: number | undefined;
  /** Whether it adds nothing to an answer at a cutoff or before, and to its counts only that it is there. */
  holdsNothingUntil(cutoffNs: bigint): boolean;
}

/**
 * Bounds of a part's times, both ends inclusive, in epoch nanoseconds. They hold for all its rows: each has an effective
 * time and an `ingested_ts`. A part that has them decodes without an error.
 */
export interface PartBounds {
  /** Of the effective times. */
  readonly minNs: bigint;
  readonly maxNs: bigint;
  /** The latest `ingested_ts`. */
  readonly capturedNs: bigint;
  /** The latest value of the dataset's `snapshotTime` column, if it has one and the value is known. */
  readonly snapshotNs: bigint | undefined;
  /** Whether it is known that no `as_of_ts` is after its `ingested_ts` (by more than `maxLead`, if set). */
  readonly noneAhead: boolean;
  /** Identifies the set of its keys, where that is known: parts with equal digests hold the same keys, in any order. */
  readonly keyDigest: string | undefined;
}

/** What a snapshot file declares beyond its rows. */
export interface DeclaredSnapshot {
  /** When the state held. */
  readonly timeNs: bigint | undefined;
  /** When it was captured. */
  readonly ingestedNs: bigint | undefined;
  /** Scope values it covers in addition to those of its rows, each in the order of the dataset's scope columns. */
  readonly covers: readonly (readonly Cell[])[];
  /** Whether the capture of some row is unknown that is of the state and not of the part. */
  readonly captureUnknown?: boolean;
}

/** Where each part's rows start in the frame's row numbers; one entry more than parts. */
export function partOffsets(parts: readonly Part[]): Uint32Array {
  const offsets = new Uint32Array(parts.length + 1);
  for (let i = 0; i < parts.length; i++) offsets[i + 1] = offsets[i]! + parts[i]!.rows;
  return offsets;
}

/**
 * The part of each row, as a table: questions jump between parts, and a search per cell would cost more than the cell.
 */
export function partOfEachRow(offsets: Uint32Array): Uint16Array | Int32Array {
  const parts = offsets.length - 1;
  const rowCount = offsets[parts]!;
  const partOf = parts <= 1 << 16 ? new Uint16Array(rowCount) : new Int32Array(rowCount);
  for (let part = 0; part < parts; part++) partOf.fill(part, offsets[part], offsets[part + 1]);
  return partOf;
}

/** The part that holds a frame row. */
export function partOfRow(offsets: Uint32Array, row: number): number {
  let low = 0;
  let high = offsets.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (offsets[middle]! <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}
