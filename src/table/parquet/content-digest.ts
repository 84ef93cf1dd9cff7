import type { SchemaElement } from "hyparquet";
import { startSha256 } from "../../digest.js";
import { canonicalJson, type Json } from "../../json/index.js";
import type { ByteRange } from "./footer.js";
import { logicalText, physicalText } from "./leaf-names.js";
import type { Page } from "./pages.js";
import { type PlainDictionary, type PlainPiece, plainDictionary, plainValues } from "./plain-values.js";

/** A column of values as a file stores it: a leaf of its schema. */
export interface StoredLeaf {
  /** Names from the top of the schema down. */
  readonly path: readonly string[];
  readonly element: SchemaElement;
  readonly maxDefinition: number;
  readonly maxRepetition: number;
  /**
   * Reads its pages of one row group.
   *
   * @throws BronzeError `CORRUPT_FILE`, `UNSUPPORTED_TYPE`
   */
  read(rowGroup: number, use: (page: Page) => void): void;
}

/** What a content digest is made of. */
export interface StoredContent {
  /** Rows of each row group. */
  readonly rowGroups: readonly number[];
  /** Which rows are meant. Default: all. */
  readonly rows?: ByteRange;
  /** All of them, in file order. */
  leaves(): readonly StoredLeaf[];
}

/** What a writer declared beside the rows; part of the content, as it decides answers. */
export interface DeclaredContent {
  /** Epoch nanoseconds. */
  readonly snapshotNs: bigint | undefined;
  /** Epoch nanoseconds. */
  readonly ingestedNs: bigint | undefined;
  /** As the footer has it. */
  readonly covers: Json[];
}

/** Rows of a file that have a digest of their own. */
interface ContentPart {
  readonly rows: ByteRange;
  readonly declared: DeclaredContent;
}

/**
 * The SHA-256, in hex, of what some rows hold, whatever encoding, codec, pages, row groups or footer entries they are
 * stored with: equal for equal rows of equal columns. `docs/manifest.md` says how anyone computes it.
 *
 * @param rows which rows of the file; the digest is that of a file that has only them. Default: all
 * @throws BronzeError `CORRUPT_FILE`; `UNSUPPORTED_TYPE` for what cannot be read at all, as encrypted columns
 */
export function contentDigest(
  stored: StoredContent,
  declared: DeclaredContent,
  rows: ByteRange = stored.rows ?? { start: 0, end: stored.rowGroups.reduce((sum, count) => sum + count, 0) },
): string {
  return contentDigests(stored, [{ rows, declared }])[0]!;
}

/**
 * The digests of several parts of a whole file, each as `contentDigest` has it. Every page is read once for all of them, and
 * one leaf is in memory at a time.
 *
 * @param parts in order, none overlapping another
 * @throws BronzeError as `contentDigest`
 */
export function contentDigests(stored: StoredContent, parts: readonly ContentPart[]): string[] {
  assertInOrder(stored.rowGroups, parts);
  const leaves = stored.leaves();
  const columns = columnsText(leaves);
  const hashes = parts.map((part) => {
    const hash = startSha256();
    hash.update(`${lineOf(part, columns)}\n`);
    return hash;
  });
  for (const leaf of leaves) {
    const slots = slotsOf(leaf, stored.rowGroups, parts);
    for (const [i, { definition, repetition, values }] of slots.entries()) {
      const hash = hashes[i]!;
      for (const levels of [definition, repetition]) {
        hash.update(lengthOf(levels));
        for (const piece of levels) hash.update(piece);
      }
      hash.update(lengthOf(values));
      for (const piece of values) piece.read((bytes) => hash.update(bytes));
    }
  }
  return hashes.map((hash) => hash.hex());
}

/** As canonical JSON, whose members are in the order of their names; what comes out of UTF-8 is well-formed text. */
function columnsText(leaves: readonly StoredLeaf[]): string {
  return JSON.stringify(
    leaves.map(({ path, element, maxDefinition, maxRepetition }) => ({
      logical: logicalText(element),
      maxDef: maxDefinition,
      maxRep: maxRepetition,
      path,
      physical: physicalText(element),
    })),
  );
}

/** The columns of a content digest as text: files with equal texts can have equal content. */
export function contentSchema({ leaves }: StoredContent): string {
  return columnsText(leaves());
}

/** A canonical line; its columns are the same for all parts of a file, and most of it. */
function lineOf(
  { rows, declared: { snapshotNs, ingestedNs, covers } }: ContentPart,
  columns: string,
): string {
  const [snapshot, ingested] = [snapshotNs, ingestedNs].map((ns) => (ns === undefined ? "null" : `"${ns}"`));
  return (
    `{"columns":${columns},"covers":${canonicalJson(covers, "the content's covers")},"rows":${rows.end - rows.start},` +
    `"snapshot_ingested_ts":${ingested},"snapshot_ts":${snapshot},"v":1}`
  );
}

function assertInOrder(rowGroups: readonly number[], parts: readonly ContentPart[]): void {
  const total = rowGroups.reduce((sum, count) => sum + count, 0);
  let before = 0;
  for (const { rows } of parts) {
    if (!(rows.start >= before && rows.end >= rows.start && rows.end <= total))
      throw new RangeError(`rows ${rows.start} to ${rows.end} after ${before}, of ${total}`);
    before = rows.end;
  }
}

/** A leaf's slots of a part: one byte per level, and the values that are not null in PLAIN encoding. */
interface Slots {
  readonly definition: Uint8Array[];
  readonly repetition: Uint8Array[];
  readonly values: PlainPiece[];
}

function slotsOf(leaf: StoredLeaf, rowGroups: readonly number[], parts: readonly ContentPart[]): Slots[] {
  const slots = parts.map((): Slots => ({ definition: [], repetition: [], values: [] }));
  let first = 0;
  let part = 0;
  for (const [group, count] of rowGroups.entries()) {
    const end = first + count;
    while (part < parts.length && parts[part]!.rows.end <= first) part++;
    if (count > 0 && part < parts.length && parts[part]!.rows.start < end)
      addGroup(leaf, group, first, parts.slice(part), slots.slice(part));
    first = end;
  }
  return slots;
}

/**
 * @param first the number of the group's first row in the file
 * @param parts those that end after it
 */
function addGroup(
  leaf: StoredLeaf,
  group: number,
  first: number,
  parts: readonly ContentPart[],
  slots: readonly Slots[],
): void {
  const { element, maxDefinition } = leaf;
  let dictionary: PlainDictionary | undefined;
  let row = first;
  let part = 0;
  leaf.read(group, (page) => {
    if (page.kind === "dictionary") {
      dictionary = plainDictionary(page, element);
      return;
    }
    const { entryCount, definition, repetition } = page;
    const slotOf = slotsByRow(page, row);
    const valuesIn = (start: number, end: number) =>
      definition ? countOf(definition, maxDefinition, start, end) : end - start;
    let values: ReturnType<typeof plainValues> | undefined; // decoded only where a part needs them
    let seen = 0;
    for (; part < parts.length; part++) {
      const { rows } = parts[part]!;
      const start = slotOf(rows.start);
      const end = slotOf(rows.end);
      if (start < end) {
        const own = slots[part]!;
        if (maxDefinition > 0)
          own.definition.push(
            definition?.subarray(start, end) ?? new Uint8Array(end - start).fill(maxDefinition),
          );
        if (repetition) own.repetition.push(repetition.subarray(start, end));
        const count = valuesIn(start, end);
        if (count > 0) {
          values ??= plainValues(page, element, dictionary);
          own.values.push(values(valuesIn(seen, start), count));
          seen = end;
        }
      }
      // The next page may go on with the row that this one ends in.
      if (end === entryCount) break;
    }
    row += repetition ? countOf(repetition, 0, 0, entryCount) : entryCount;
  });
}

/**
 * The first slot of a page that is of some row or a later one. Asked for rows in order.
 *
 * @param row the number of the first row that begins in the page
 */
function slotsByRow({ entryCount, repetition }: DataPage, row: number): (row: number) => number {
  if (!repetition) return (wanted) => Math.min(Math.max(wanted - row, 0), entryCount);
  let slot = 0;
  let begun = row;
  return (wanted) => {
    for (; slot < entryCount; slot++) {
      // A slot that begins no row is of the row before, maybe of the page before.
      const begins = repetition[slot] === 0;
      if ((begins ? begun : begun - 1) >= wanted) break;
      if (begins) begun++;
    }
    return slot;
  };
}

type DataPage = Extract<Page, { kind: "data" }>;

function countOf(levels: Uint8Array, level: number, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) if (levels[i] === level) count++;
  return count;
}

function lengthOf(pieces: readonly { readonly byteLength: number }[]): Uint8Array {
  const bytes = new Uint8Array(8);
  const length = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length % 2 ** 32, true);
  view.setUint32(4, Math.floor(length / 2 ** 32), true);
  return bytes;
}
