import type { SchemaElement } from "hyparquet";
import { startSha256 } from "../../digest.js";
import { canonicalJson, type Json } from "../../json/index.js";
import type { ByteRange } from "./footer.js";
import { logicalText, physicalText } from "./leaf-names.js";
import type { Page } from "./pages.js";
import { type PlainDictionary, plainDictionary, plainValues } from "./plain-values.js";

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
  /**
   * All leaves, in file order.
   *
   * @throws BronzeError `UNSUPPORTED_TYPE` where two columns have one name
   */
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

/**
 * The SHA-256, in hex, of what some rows hold, whatever encoding, codec, pages, row groups or footer entries they are
 * stored with: equal for equal rows of equal columns. `docs/manifest.md` says how anyone computes it.
 *
 * @param rows which rows of the file; the digest is that of a file that has only them. Default: all
 * @throws BronzeError `CORRUPT_FILE`; `UNSUPPORTED_TYPE` for what cannot be read at all, as encrypted columns
 */
export function contentDigest(
  { rowGroups, leaves: read }: StoredContent,
  { snapshotNs, ingestedNs, covers }: DeclaredContent,
  rows: ByteRange = { start: 0, end: rowGroups.reduce((sum, count) => sum + count, 0) },
): string {
  const leaves = read();
  const hash = startSha256();
  const line = {
    v: 1,
    rows: rows.end - rows.start,
    columns: leaves.map(({ path, element, maxDefinition, maxRepetition }) => ({
      path,
      physical: physicalText(element),
      logical: logicalText(element),
      maxDef: maxDefinition,
      maxRep: maxRepetition,
    })),
    snapshot_ts: snapshotNs === undefined ? null : String(snapshotNs),
    snapshot_ingested_ts: ingestedNs === undefined ? null : String(ingestedNs),
    covers,
  };
  hash.update(`${canonicalJson(line, "the content")}\n`);
  for (const leaf of leaves) {
    const { definition, repetition, values } = slotsOf(leaf, rowGroups, rows);
    for (const pieces of [definition, repetition, values]) {
      hash.update(lengthOf(pieces));
      for (const piece of pieces) hash.update(piece);
    }
  }
  return hash.hex();
}

/** Bytes in pieces. */
type Pieces = Uint8Array[];

/** A leaf's slots of some rows: one byte per level, and the values that are not null in PLAIN encoding. */
interface Slots {
  readonly definition: Pieces;
  readonly repetition: Pieces;
  readonly values: Pieces;
}

function slotsOf(leaf: StoredLeaf, rowGroups: readonly number[], rows: ByteRange): Slots {
  const slots: Slots = { definition: [], repetition: [], values: [] };
  let first = 0;
  for (const [group, count] of rowGroups.entries()) {
    const own = { start: Math.max(rows.start - first, 0), end: Math.min(rows.end - first, count) };
    if (own.start < own.end) addGroup(slots, leaf, group, own);
    first += count;
  }
  return slots;
}

/** @param rows counted from the group's first */
function addGroup(
  { definition, repetition, values }: Slots,
  leaf: StoredLeaf,
  group: number,
  rows: ByteRange,
): void {
  const { element, maxDefinition, maxRepetition } = leaf;
  let dictionary: PlainDictionary | undefined;
  let row = 0;
  leaf.read(group, (page) => {
    if (page.kind === "dictionary") {
      dictionary = plainDictionary(page, element);
      return;
    }
    const slots = slotsOfRows(page, row, rows);
    row += slots.rows;
    const { start, end } = slots;
    if (start >= end) return;
    if (maxDefinition > 0)
      definition.push(
        page.definition?.subarray(start, end) ?? new Uint8Array(end - start).fill(maxDefinition),
      );
    if (maxRepetition > 0) repetition.push(page.repetition!.subarray(start, end));
    const before = page.definition ? countOf(page.definition, maxDefinition, 0, start) : start;
    const own = page.definition ? countOf(page.definition, maxDefinition, start, end) : end - start;
    if (own > 0) values.push(plainValues(page, element, dictionary, { start: before, end: before + own }));
  });
}

/** Which slots of a page are of some rows, and how many rows begin in the page. */
function slotsOfRows(
  { entryCount, repetition }: Extract<Page, { kind: "data" }>,
  row: number,
  { start, end }: ByteRange,
): ByteRange & { readonly rows: number } {
  if (!repetition) {
    const clip = (at: number) => Math.min(Math.max(at - row, 0), entryCount);
    return { start: clip(start), end: clip(end), rows: entryCount };
  }
  let rows = 0;
  let from: number | undefined;
  let to: number | undefined;
  for (let slot = 0; slot < entryCount; slot++) {
    if (repetition[slot] === 0) rows++;
    // A page may go on with the row before it.
    const at = row + rows - 1;
    if (at >= start && at < end) from ??= slot;
    else if (from !== undefined) to ??= slot;
  }
  return from === undefined ? { start: 0, end: 0, rows } : { start: from, end: to ?? entryCount, rows };
}

function countOf(levels: Uint8Array, level: number, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) if (levels[i] === level) count++;
  return count;
}

function lengthOf(pieces: Pieces): Uint8Array {
  const bytes = new Uint8Array(8);
  const length = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  return bytes;
}
