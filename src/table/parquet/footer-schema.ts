import type { SchemaElement } from "hyparquet";
import { parquetMetadata, parquetSchema } from "hyparquet/src/metadata.js";
import type { SchemaTree } from "hyparquet/src/types.js";
import type { ColumnType } from "../column-type.js";
import { at } from "./damage.js";
import type { ByteRange } from "./footer.js";
import { problemWithNames, type Shape, shapeOf, typeOfShape } from "./nested-shape.js";

/** A file's schema, as a tree and as the resulting columns. */
export interface FileSchema {
  /** Top-level columns by name, in file order. */
  readonly trees: ReadonlyMap<string, ColumnTree>;
  /** From the root down to each leaf, in file order; also of columns that share a name. */
  readonly leaves: readonly SchemaTree[][];
  /** The types of those this library reads. */
  readonly columns: ReadonlyMap<string, ColumnType>;
  /** Why it refuses the others. */
  readonly refused: ReadonlyMap<string, string>;
}

/** A top-level column of a schema. */
export interface ColumnTree {
  readonly tree: SchemaTree;
  /** What its values are assembled from. */
  readonly shape: Shape;
  /** Number of its first leaf among those of all columns: each row group has a chunk for each, in this order. */
  readonly firstLeaf: number;
  /** From the root down to each of its leaves. */
  readonly leaves: readonly SchemaTree[][];
}

/**
 * Reads the schema of a footer.
 *
 * @param range where the footer's list of schema elements is, which was skipped before
 * @param inColumn runs the work on one column, so that what goes wrong can name it
 * @throws Error when the elements do not form a schema
 */
export function readSchema(
  bytes: Uint8Array<ArrayBuffer>,
  range: ByteRange,
  inColumn: <T>(name: string, work: () => T) => T,
): FileSchema {
  const elements = parseElements(bytes.subarray(range.start, range.end));
  assertSchemaShape(elements);
  // The root is never repeated, whatever some writers declare.
  delete elements[0]!.repetition_type;
  const root = parquetSchema({ schema: elements });
  const trees = new Map<string, ColumnTree>();
  const allLeaves: SchemaTree[][] = [];
  const problems = problemWithNames(root.children.map(({ element }) => element.name));
  for (const tree of root.children) {
    const leaves = leafPaths([root, tree]);
    trees.set(tree.element.name, { tree, shape: shapeOf(tree), firstLeaf: allLeaves.length, leaves });
    allLeaves.push(...leaves);
  }
  const columns = new Map<string, ColumnType>();
  const refused = new Map<string, string>();
  for (const [name, { shape }] of trees) {
    const type = inColumn(name, () => at({}, "the schema of a column", () => typeOfShape(shape)));
    const problem = problems.get(name) ?? (typeof type === "string" ? type : undefined);
    if (problem !== undefined) refused.set(name, problem);
    else columns.set(name, type as ColumnType);
  }
  return { trees, leaves: allLeaves, columns, refused };
}

function leafPaths(path: SchemaTree[]): SchemaTree[][] {
  const { children } = path[path.length - 1]!;
  return children.length === 0 ? [path] : children.flatMap((child) => leafPaths([...path, child]));
}

/** hyparquet knows every annotation, but parses whole footers only: here one with a schema and no row groups. */
function parseElements(list: Uint8Array): SchemaElement[] {
  const before = [0x29]; // field 2, a list
  const after = [0x29, 0x0c, 0x00]; // field 4, an empty list of structs; the end
  const footer = new Uint8Array(before.length + list.length + after.length + 8);
  footer.set(before);
  footer.set(list, before.length);
  footer.set(after, before.length + list.length);
  const view = new DataView(footer.buffer);
  view.setUint32(footer.length - 8, footer.length - 8, true);
  view.setUint32(footer.length - 4, 0x31524150, true);
  return parquetMetadata(footer, { geoparquet: false }).schema;
}

// Deeper than any schema in use; the tree is built recursively.
const MAX_SCHEMA_DEPTH = 32;

/** Every element must have a name and a place: the children's counts must use up all elements exactly. */
function assertSchemaShape(schema: readonly SchemaElement[]): void {
  const open: number[] = [];
  for (const [i, element] of schema.entries()) {
    if (i > 0 && open.length === 0) throw new Error("its schema has elements that belong nowhere");
    if (typeof element.name !== "string") throw new Error("its schema has an element without a name");
    if (i > 0 && element.repetition_type === undefined)
      throw new Error(`column "${element.name}" has no repetition`);
    if (open.length > 0) open[open.length - 1]!--;
    if ((element.num_children ?? 0) > 0) open.push(element.num_children!);
    if (open.length > MAX_SCHEMA_DEPTH) throw new Error("its schema is nested too deeply");
    while (open.length > 0 && open[open.length - 1] === 0) open.pop();
  }
  if (schema.length === 0 || open.length > 0) throw new Error("its schema is cut short");
}
