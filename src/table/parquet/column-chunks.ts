import { NotKept } from "./damage.js";
import type { Footer, RowGroup } from "./footer.js";
import type { ColumnTree } from "./footer-schema.js";
import { type Chunk, chunkStart } from "./pages.js";

/** A row group's chunks of one column, for each of its leaves. They are in the order of the schema. */
export function chunksOf(
  group: RowGroup,
  { firstLeaf, leaves }: ColumnTree,
  endOf: (start: number) => number,
): Chunk[] {
  return leaves.map((path, i) => chunkOf(group, firstLeaf + i, path[path.length - 1]!.path, endOf));
}

/** @param names of the leaf, from the top-level column down */
export function chunkOf(
  { chunks, rowCount }: RowGroup,
  leaf: number,
  names: readonly string[],
  endOf: (start: number) => number,
): Chunk {
  const chunk = chunks[leaf];
  if (!chunk) throw new Error(`it has ${chunks.length} column chunks and lacks that of the column`);
  const { meta, elsewhere } = chunk;
  if (!meta) throw new Error("a column chunk has no metadata");
  if (meta.path.length !== names.length || meta.path.some((name, level) => name !== names[level])) {
    throw new Error(`its chunk ${leaf} is of "${meta.path.join(".")}", not "${names.join(".")}"`);
  }
  if (elsewhere) throw new NotKept(`its values are in another file, ${elsewhere}`);
  const start = chunkStart(meta);
  return { meta, rowCount, range: { start, end: endOf(start) } };
}

/**
 * The offset by which the pages of a chunk have ended: where the next chunk starts, or the footer. The sizes in footers
 * are not used, because writers get them wrong.
 */
export function chunkEnds({ rowGroups, start: footerStart }: Footer): (start: number) => number {
  let starts: Float64Array | undefined; // most files of a day decode nothing
  return (start) => {
    starts ??= Float64Array.from(
      rowGroups.flatMap(({ chunks }) => chunks.flatMap(({ meta }) => (meta ? [chunkStart(meta)] : []))),
    ).sort();
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! <= start) low = middle + 1;
      else high = middle;
    }
    return Math.min(starts[low] ?? footerStart, footerStart);
  };
}
