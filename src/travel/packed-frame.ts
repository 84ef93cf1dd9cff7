import type { AnyDataset } from "../dataset/index.js";
import {
  type ArrayFile,
  type ArrayFileWriter,
  type ArrayRef,
  type Column,
  fromTagged,
  type PackedColumn,
  packColumn,
  toTagged,
  type UnpackedColumn,
  unpackColumn,
} from "../table/index.js";
import { type DeclaredSnapshot, type Frame, type FrameColumn, type Part, partOffsets } from "./frame.js";
import { type FrameIndex, indexFrame, type RankedSnapshots } from "./frame-index.js";
import { type PackedVersions, packVersions, unpackVersions } from "./packed-versions.js";
import type { Tick, Ticks } from "./ticks.js";

/**
 * A frame and its index as plain data that refers to arrays of an `ArrayFile`: all that answers any question about some
 * days, without the files they came from. Pure, like all of time travel: who keeps the bytes, and how long, is not told.
 */
export interface PackedFrame {
  readonly parts: PackedParts;
  readonly columns: readonly (FrameColumn & { readonly name: string; readonly packed: PackedColumn })[];
  readonly keyCount: number;
  readonly versions: PackedVersions;
  readonly notSelectable: number;
  readonly ahead: number;
  readonly firstUsable: Tick | null;
  readonly snapshots: PackedSnapshots | null;
}

/** The files, each property by file. */
interface PackedParts {
  readonly paths: readonly string[];
  readonly rows: readonly number[];
  readonly sizeBytes: readonly number[];
  /** What the writer declared, null where it did not; left out where no writer did. */
  readonly snapshots?: readonly unknown[];
}

interface PackedTicks {
  readonly high: ArrayRef<"f64">;
  readonly low: ArrayRef<"u16">;
}

interface PackedSnapshots {
  readonly count: number;
  readonly times: PackedTicks;
  readonly ingested: PackedTicks;
  readonly parts: ArrayRef<"i32">;
  readonly rankOfPart: ArrayRef<"i32">;
  readonly goneAt: ArrayRef<"i32">;
}

/**
 * Packs a whole frame. Every column is decoded on the way, so whatever is wrong with the files is thrown here.
 *
 * @throws BronzeError as reading the frame's columns and keys; TypeError for what cannot be packed
 */
export function packFrame(frame: Frame, out: ArrayFileWriter): PackedFrame {
  const offsets = partOffsets(frame.parts);
  const { keyCount, versions, counts, snapshots } = indexFrame(frame);
  return {
    parts: packParts(frame.parts),
    columns: [...frame.columns].map(([name, column]) => ({
      ...column,
      name,
      packed: packColumn(
        frame.parts.map((part) => part.column(name)),
        offsets,
        out,
      ),
    })),
    keyCount,
    versions: packVersions(versions, offsets, out),
    notSelectable: counts.notSelectable,
    ahead: counts.ahead,
    firstUsable: counts.firstUsable ?? null,
    snapshots: snapshots ? packSnapshots(snapshots, out) : null,
  };
}

/** The frame again, with its index; arrays are views of the file's bytes, columns are unpacked when they are asked for. */
export function unpackFrame(
  dataset: AnyDataset,
  packed: PackedFrame,
  file: ArrayFile,
  horizonNs: bigint | undefined,
): Frame {
  const { paths, rows } = packed.parts;
  const offsets = new Uint32Array(paths.length + 1);
  for (let part = 0; part < paths.length; part++) offsets[part + 1] = offsets[part]! + rows[part]!;
  const columns = new Map(
    packed.columns.map((column) => [column.name, unpackColumn(column.packed, offsets, file)]),
  );
  return {
    dataset,
    parts: paths.map((_, part) => new UnpackedPart(packed.parts, part, columns)),
    columns: new Map(packed.columns.map(({ name, type, integers }) => [name, { type, integers }])),
    pruned: [],
    horizonNs,
    gather: (name, rows, parts) => columns.get(name)?.rows(rows, parts),
    index: unpackIndex(packed, offsets, file),
  };
}

/** A file of an unpacked frame. */
class UnpackedPart implements Part {
  readonly path: string;
  readonly rows: number;
  readonly sizeBytes: number;
  readonly snapshot: DeclaredSnapshot | undefined;
  readonly #part: number;
  readonly #columns: ReadonlyMap<string, UnpackedColumn>;
  #read: Map<string, Column | undefined> | undefined;

  constructor(
    { paths, rows, sizeBytes, snapshots }: PackedParts,
    part: number,
    columns: ReadonlyMap<string, UnpackedColumn>,
  ) {
    const snapshot = snapshots?.[part] ?? null;
    this.path = paths[part]!;
    this.rows = rows[part]!;
    this.sizeBytes = sizeBytes[part]!;
    this.snapshot = snapshot === null ? undefined : unpackDeclared(snapshot);
    this.#part = part;
    this.#columns = columns;
  }

  column(name: string): Column | undefined {
    this.#read ??= new Map();
    if (!this.#read.has(name)) this.#read.set(name, this.#columns.get(name)?.part(this.#part));
    return this.#read.get(name);
  }
}

function unpackIndex(packed: PackedFrame, offsets: Uint32Array, file: ArrayFile): FrameIndex {
  const { snapshots } = packed;
  return {
    keyCount: packed.keyCount,
    versions: unpackVersions(packed.versions, offsets, file),
    counts: {
      notSelectable: packed.notSelectable,
      ahead: packed.ahead,
      firstUsable: packed.firstUsable ?? undefined,
    },
    snapshots: snapshots
      ? {
          count: snapshots.count,
          times: unpackTicks(snapshots.times, file),
          ingested: unpackTicks(snapshots.ingested, file),
          parts: file.array(snapshots.parts),
          rankOfPart: file.array(snapshots.rankOfPart),
          goneAt: file.array(snapshots.goneAt),
        }
      : undefined,
  };
}

function packSnapshots(
  { count, times, ingested, parts, rankOfPart, goneAt }: RankedSnapshots,
  out: ArrayFileWriter,
): PackedSnapshots {
  return {
    count,
    times: packTicks(times, out),
    ingested: packTicks(ingested, out),
    parts: out.add("i32", parts),
    rankOfPart: out.add("i32", rankOfPart),
    goneAt: out.add("i32", goneAt),
  };
}

function packTicks({ high, low }: Ticks, out: ArrayFileWriter): PackedTicks {
  return { high: out.add("f64", high), low: out.add("u16", low) };
}

function unpackTicks({ high, low }: PackedTicks, file: ArrayFile): Ticks {
  return { high: file.array(high), low: file.array(low) };
}

function packParts(parts: readonly Part[]): PackedParts {
  const isDeclared = parts.some(({ snapshot }) => snapshot !== undefined);
  const snapshots = parts.map(({ snapshot }) => (snapshot === undefined ? null : packDeclared(snapshot)));
  return {
    paths: parts.map(({ path }) => path),
    rows: parts.map(({ rows }) => rows),
    sizeBytes: parts.map(({ sizeBytes }) => sizeBytes),
    ...(isDeclared && { snapshots }),
  };
}

function packDeclared({ timeNs, ingestedNs, covers }: DeclaredSnapshot): unknown {
  return toTagged([timeNs ?? null, ingestedNs ?? null, covers]);
}

function unpackDeclared(packed: unknown): DeclaredSnapshot {
  const [timeNs, ingestedNs, covers] = fromTagged(packed) as [
    bigint | null,
    bigint | null,
    DeclaredSnapshot["covers"],
  ];
  return { timeNs: timeNs ?? undefined, ingestedNs: ingestedNs ?? undefined, covers };
}
