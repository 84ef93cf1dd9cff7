import type { AnyDataset } from "../dataset/index.js";
import { sha256 } from "../digest.js";
import { isBronzeError } from "../errors.js";
import type { FileIdentity, Storage } from "../storage/index.js";
import {
  type ArrayFile,
  ArrayFileWriter,
  type ArrayRef,
  describeType,
  openArrayFile,
  openParquet,
  type ParquetFile,
  withHeader,
} from "../table/index.js";
import { type FileRead, type Frame, type PackedFrame, packFrame, unpackFrame } from "../travel/index.js";
import type { DayFile } from "./day-files.js";
import { type DigestedFile, frameOf, type Loaded, type OpenedFile } from "./load-frame.js";
import { firstInstantIn } from "./prune.js";

/** What is kept of some days: every file they were read from, and the frame all of them make. */
export interface CacheEntry {
  readonly header: EntryHeader;
  readonly arrays: ArrayFile;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface EntryHeader {
  /** When the files were looked at for the last time, milliseconds since the epoch. */
  readonly seenMs: number;
  /** What was asked for and by which definition, in full: the entry's name is only a short hash of it. */
  readonly asked: string;
  readonly sources: Sources;
  /** Whether all files have the same columns, so that any of them make the columns that all of them make. */
  readonly isUniform: boolean;
  readonly frame: PackedFrame;
}

/** The files an entry was made from, beside what its frame says of them; by file, in partition order. */
interface Sources {
  readonly tokens: readonly string[];
  /** As the storage says, which is what they are compared with. */
  readonly sizesBytes: readonly number[];
  readonly changedMs: readonly number[];
  /** Hex SHA-256 of each file's bytes, end to end. */
  readonly digests: string;
  /** Before this (epoch nanoseconds) a file matters to no answer; the least int64 where every answer needs it. */
  readonly firstNs: ArrayRef<"i64">;
}

/** Says what the bytes are, and in which layout; another layout needs another word. */
const MAGIC = "bztlc\0\0\x03";

/**
 * A file's clock ticks in milliseconds (some in two seconds), and two changes within a tick look like one. So a file
 * that changed this shortly before it was looked at is told by its content, as git does with its index.
 */
const RACY_MS = 2_500;

/**
 * Reads files and makes an entry of them; `undefined` when they changed meanwhile.
 *
 * @throws BronzeError as reading the files does; TypeError where their columns can not be kept
 */
export async function makeEntry(
  storage: Storage,
  dataset: AnyDataset,
  asked: string,
  files: readonly DayFile[],
): Promise<CacheEntry | undefined> {
  const seenMs = Date.now();
  const before = await identitiesOf(storage, files);
  const opened: OpenedFile[] = [];
  const digests: string[] = [];
  for (const file of files) {
    const bytes = await storage.read(file.path);
    digests.push(sha256(bytes));
    opened.push({ file, parquet: openParquet(bytes, file.path) });
  }
  const after = await identitiesOf(storage, files);
  if (!before || !after || before.some(({ token }, i) => token !== after[i]!.token)) return undefined;

  const out = new ArrayFileWriter();
  const frame = packFrame(frameOf(dataset, opened), out);
  const shapes = new Set(opened.map(({ parquet }) => shapeOf(parquet, dataset)));
  const firstNs = BigInt64Array.from(
    opened,
    ({ parquet }) => firstInstantIn(parquet, dataset) ?? -(2n ** 63n),
  );
  const header: EntryHeader = {
    seenMs,
    asked,
    sources: {
      tokens: before.map(({ token }) => token),
      sizesBytes: before.map(({ sizeBytes }) => sizeBytes),
      changedMs: before.map(({ changedMs }) => changedMs),
      digests: digests.join(""),
      firstNs: out.add("i64", firstNs),
    },
    isUniform: shapes.size === 1,
    frame,
  };
  return openEntry(out.seal(MAGIC, header));
}

/** The entry in some bytes; `undefined` where they are not exactly what was made of an entry. */
export function openEntry(bytes: Uint8Array<ArrayBuffer>): CacheEntry | undefined {
  const arrays = openArrayFile(MAGIC, bytes);
  return arrays && { header: arrays.header as EntryHeader, arrays, bytes };
}

/**
 * How an entry stands to the files: each is the one it was; or some bear new tokens and have the same bytes (copied,
 * touched, or changed too recently to tell); or neither.
 */
export type Freshness = "fresh" | "same bytes" | "stale";

/** Compares an entry with the files: by what the storage knows of them, and by content where that leaves a doubt. */
export async function freshnessOf(
  { header }: CacheEntry,
  storage: Storage,
  files: readonly DayFile[],
  identities: readonly FileIdentity[] | undefined,
): Promise<Freshness> {
  const { sources, seenMs } = header;
  const { paths } = header.frame.parts;
  if (files.length !== paths.length || files.some(({ path }, i) => path !== paths[i])) return "stale";
  if (!identities || identities.some(({ sizeBytes }, i) => sizeBytes !== sources.sizesBytes[i]))
    return "stale";
  let isDoubtful = false;
  for (let i = 0; i < identities.length; i++) {
    if (identities[i]!.token === sources.tokens[i] && sources.changedMs[i]! + RACY_MS <= seenMs) continue;
    isDoubtful = true;
    if (sha256(await storage.read(paths[i]!)) !== digestOf(sources, i)) return "stale";
  }
  return isDoubtful ? "same bytes" : "fresh";
}

/**
 * The entry with its files' present tokens, so that the next question need not read them; `undefined` while they are
 * too young to be told by their tokens.
 */
export function confirmed(
  { header, bytes }: CacheEntry,
  identities: readonly FileIdentity[],
  seenMs: number,
): Uint8Array<ArrayBuffer> | undefined {
  if (lastChangeOf(identities) + RACY_MS > seenMs) return undefined;
  const sources: Sources = {
    ...header.sources,
    tokens: identities.map(({ token }) => token),
    changedMs: identities.map(({ changedMs }) => changedMs),
  };
  return withHeader(MAGIC, bytes, { ...header, seenMs, sources });
}

/** When the youngest of some files changed, milliseconds since the epoch. */
export function lastChangeOf(identities: readonly FileIdentity[]): number {
  return identities.reduce((last, { changedMs }) => Math.max(last, changedMs), 0);
}

/** What the storage knows of each file; `undefined` when one is gone or can not be looked at. */
export async function identitiesOf(
  storage: Storage,
  files: readonly DayFile[],
): Promise<FileIdentity[] | undefined> {
  const identities: FileIdentity[] = [];
  try {
    for (const { path } of files) {
      const identity = await storage.identify?.(path);
      if (!identity) return undefined;
      identities.push(identity);
    }
  } catch (error) {
    if (isBronzeError(error)) return undefined;
    throw error;
  }
  return identities;
}

/**
 * What loading the files would have given for questions up to `horizonNs`; `undefined` where the entry does not say it:
 * files that matter to no such question are not decoded then, and columns that only they have are not there.
 */
export function loadedFrom(
  { header, arrays }: CacheEntry,
  dataset: AnyDataset,
  horizonNs: bigint | undefined,
): Loaded | undefined {
  const { sources, frame: packed, isUniform } = header;
  const { paths, rows, sizeBytes } = packed.parts;
  const files: DigestedFile[] = [];
  const pruned: FileRead[] = [];
  const firstNs = arrays.array(sources.firstNs);
  for (let i = 0; i < paths.length; i++) {
    const path = paths[i]!;
    if (horizonNs !== undefined && firstNs[i]! > horizonNs)
      pruned.push({ path, rows: rows[i]!, sizeBytes: sizeBytes[i]! });
    else files.push({ path, rows: rows[i]!, sizeBytes: sizeBytes[i]!, sha256: digestOf(sources, i) });
  }
  if (pruned.length > 0 && files.length > 0 && !isUniform) return undefined;
  const frame: Frame =
    files.length === 0
      ? frameOf(dataset, [], { pruned, horizonNs })
      : unpackFrame(dataset, packed, arrays, horizonNs);
  return { frame: { ...frame, skipped: [] }, files: () => files, skipped: [] };
}

/** The columns of a file that its dataset's schema does not fix, which make those of a frame. */
function shapeOf({ columns }: ParquetFile, dataset: AnyDataset): string {
  const free = [...columns].filter(([name]) => !dataset.columns.has(name));
  return JSON.stringify(free.map(([name, type]) => [name, describeType(type)]));
}

function digestOf({ digests }: Sources, file: number): string {
  return digests.slice(file * SHA256_HEX, (file + 1) * SHA256_HEX);
}

const SHA256_HEX = 64;
