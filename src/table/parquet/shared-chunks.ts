import type { SchemaTree } from "hyparquet/src/types.js";
import type { Column } from "../column.js";
import type { ByteRange, Footer } from "./footer.js";
import type { FileSchema } from "./footer-schema.js";
import type { Chunk } from "./pages.js";

/**
 * Parts of the file read last, which the next one reuses where it has the same bytes: the files of a feed share their
 * schema, and runs that list the same things in the same order share their key columns.
 *
 * Invariant: only what was decoded without an error is kept, and the same bytes decode to the same thing. So two files
 * may hold the very same `Column`, whose values then need to be read only once.
 */
export interface SharedChunks {
  footer: Footer | undefined;
  schema: { readonly bytes: Uint8Array; readonly schema: FileSchema } | undefined;
  readonly columns: Map<string, KnownColumn>;
}

interface KnownColumn {
  readonly file: Uint8Array<ArrayBuffer>;
  readonly tree: SchemaTree;
  readonly chunks: readonly Chunk[];
  readonly column: Column;
}

/** An empty record; pass the same one to each file of a feed. */
export function sharedChunks(): SharedChunks {
  return { footer: undefined, schema: undefined, columns: new Map() };
}

/** The schema at `range`, read only when the last file had another. */
export function knownSchema(
  known: SharedChunks,
  file: Uint8Array<ArrayBuffer>,
  range: ByteRange,
  read: () => FileSchema,
): FileSchema {
  const bytes = file.subarray(range.start, range.end);
  if (known.schema && isEqual(known.schema.bytes, bytes)) return known.schema.schema;
  const schema = read();
  known.schema = { bytes, schema };
  return schema;
}

/** A flat column, decoded only when the last file that decoded it had other bytes. */
export function knownColumn(
  known: SharedChunks,
  file: Uint8Array<ArrayBuffer>,
  tree: SchemaTree,
  chunks: readonly Chunk[],
  decode: () => Column,
): Column {
  const { name } = tree.element;
  const last = known.columns.get(name);
  // The same tree, not an equal one: the meaning of the bytes must be the same too.
  if (last && last.tree === tree && sameChunks(last, file, chunks)) return last.column;
  const column = decode();
  known.columns.set(name, { file, tree, chunks, column });
  return column;
}

function sameChunks(last: KnownColumn, file: Uint8Array<ArrayBuffer>, chunks: readonly Chunk[]): boolean {
  if (last.chunks.length !== chunks.length) return false;
  return chunks.every(({ meta, rowCount, range: own }, i) => {
    const other = last.chunks[i]!;
    if (rowCount !== other.rowCount || meta.valueCount !== other.meta.valueCount) return false;
    if (meta.type !== other.meta.type || meta.codec !== other.meta.codec) return false;
    const theirs = other.range;
    return isEqual(last.file.subarray(theirs.start, theirs.end), file.subarray(own.start, own.end));
  });
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && Buffer.compare(a, b) === 0;
}
