import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import type { Json } from "../../json/index.js";
import type { Cell, DeclaredContent } from "../../table/index.js";
import { formatInstant, parseInstant } from "../../time/index.js";
import type { DeclaredSnapshot } from "../../travel/index.js";
import type { PartFacts } from "../retained/part-facts.js";

/** Keys in a Parquet footer's key-value metadata in which a snapshot file stores what its rows cannot. */
const TIME_KEY = "bronzestore.snapshot_ts";
const INGESTED_KEY = "bronzestore.snapshot_ingested_ts";
const COVERS_KEY = "bronzestore.covers";

/** The entries for the footer; empty when there is nothing to declare. */
export function writeSnapshotMetadata(snapshot: DeclaredSnapshot): Map<string, string> {
  const entries = new Map<string, string>();
  if (snapshot.timeNs !== undefined) entries.set(TIME_KEY, formatInstant(snapshot.timeNs));
  if (snapshot.ingestedNs !== undefined) entries.set(INGESTED_KEY, formatInstant(snapshot.ingestedNs));
  if (snapshot.covers.length > 0) entries.set(COVERS_KEY, JSON.stringify(snapshot.covers, bigintAsText));
  return entries;
}

/** The part facts of a compacted file that hold what the entries of one of its parts said. */
type SnapshotFacts = Pick<PartFacts, "snapshot_ts" | "snapshot_ingested_ts" | "covers">;

/** The entries of a footer as facts of a part. @throws BronzeError `CORRUPT_FILE` */
export function snapshotFacts(path: string, keyValues: ReadonlyMap<string, string>): SnapshotFacts {
  const { snapshotNs, ingestedNs, covers } = readDeclaredContent(path, keyValues);
  const text = (ns: bigint | undefined) => (ns === undefined ? null : String(ns));
  return { snapshot_ts: text(snapshotNs), snapshot_ingested_ts: text(ingestedNs), covers };
}

/** The same as content. */
export function declaredByFacts(facts: SnapshotFacts): DeclaredContent {
  const ns = (text: string | null) => (text === null ? undefined : BigInt(text));
  return {
    snapshotNs: ns(facts.snapshot_ts),
    ingestedNs: ns(facts.snapshot_ingested_ts),
    covers: facts.covers,
  };
}

/** The entries that facts of a part were made from. */
export function snapshotEntries(facts: SnapshotFacts): Map<string, string> {
  const { snapshot_ts: time, snapshot_ingested_ts: ingested, covers } = facts;
  const entries = new Map<string, string>();
  if (time !== null) entries.set(TIME_KEY, formatInstant(BigInt(time)));
  if (ingested !== null) entries.set(INGESTED_KEY, formatInstant(BigInt(ingested)));
  if (covers.length > 0) entries.set(COVERS_KEY, JSON.stringify(covers));
  return entries;
}

/** The keys of a footer that snapshot facts stand for. */
export const SNAPSHOT_KEYS: readonly string[] = [TIME_KEY, INGESTED_KEY, COVERS_KEY];

/**
 * What a footer declares, as content: scope values as they are written, so that no dataset is needed.
 *
 * @throws BronzeError `CORRUPT_FILE`
 */
export function readDeclaredContent(path: string, keyValues: ReadonlyMap<string, string>): DeclaredContent {
  const instant = (key: string) => {
    const text = keyValues.get(key);
    return text === undefined ? undefined : parseInstant(text);
  };
  try {
    const covers: Json = JSON.parse(keyValues.get(COVERS_KEY) ?? "[]");
    if (!Array.isArray(covers)) throw new Error("covers is not a list");
    return { snapshotNs: instant(TIME_KEY), ingestedNs: instant(INGESTED_KEY), covers };
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** What a footer declares; `undefined` when it declares nothing. */
export function readSnapshotMetadata(
  dataset: AnyDataset,
  path: string,
  keyValues: ReadonlyMap<string, string>,
): DeclaredSnapshot | undefined {
  const time = keyValues.get(TIME_KEY);
  const ingested = keyValues.get(INGESTED_KEY);
  const covers = keyValues.get(COVERS_KEY);
  if (time === undefined && ingested === undefined && covers === undefined) return undefined;
  try {
    return {
      timeNs: time === undefined ? undefined : parseInstant(time),
      ingestedNs: ingested === undefined ? undefined : parseInstant(ingested),
      covers: covers === undefined ? [] : parseCovers(dataset, covers),
    };
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): BronzeError {
  return new BronzeError(
    "CORRUPT_FILE",
    `The snapshot metadata of ${path} cannot be read: ${(cause as Error).message}. Restore the file.`,
    { file: path },
    { cause },
  );
}

function parseCovers({ scope, columns }: AnyDataset, text: string): Cell[][] {
  const covers: unknown = JSON.parse(text);
  if (!Array.isArray(covers)) throw new Error("covers is not a list");
  return covers.map((values: unknown) => {
    if (!Array.isArray(values) || values.length !== scope.length)
      throw new Error("covers does not fit the scope columns");
    return values.map((value: Cell, i) => {
      const column = columns.get(scope[i]!);
      const big =
        column &&
        (column.type.kind === "timestamp" || (column.type.kind === "int" && column.integers === "bigint"));
      return big && typeof value === "string" ? BigInt(value) : value;
    });
  });
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
