import type { SchemaElement } from "hyparquet";
import { parquetMetadata, parquetSchema } from "hyparquet/src/metadata.js";
import type { SchemaTree } from "hyparquet/src/types.js";
import type { ColumnType } from "./column-type.js";
import type { ByteRange } from "./footer.js";
import { type Shape, shapeOf, typeOfShape } from "./nested-shape.js";

/** A file's schema, as a tree and as the columns it comes to. */
export interface FileSchema {
  readonly root: SchemaTree;
  /** Top-level columns by name, in file order. */
  readonly trees: ReadonlyMap<string, SchemaTree>;
  /** What their values are put together from. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** The types of those this library reads. */
  readonly columns: ReadonlyMap<string, ColumnType>;
  /** Why it refuses the others. */
  readonly refused: ReadonlyMap<string, string>;
}

/**
 * Reads the schema of a footer.
 *
 * @param range where the footer's list of schema elements stands, walked over before
 * @param inColumn runs the work on one column, so that what goes wrong can name it
 * @throws Error when the elements make no schema
 */
export function readSchema(
  bytes: Uint8Array<ArrayBuffer>,
  range: ByteRange,
  inColumn: <T>(name: string, work: () => T) => T,
): FileSchema {
  const elements = parseElements(bytes.subarray(range.start, range.end));
  assertSchemaShape(elements);
  const root = parquetSchema({ schema: elements });
  const trees = new Map(root.children.map((tree) => [tree.element.name, tree]));
  if (trees.size !== root.children.length) throw new Error("two columns share one name");
  const shapes = new Map<string, Shape>();
  const columns = new Map<string, ColumnType>();
  const refused = new Map<string, string>();
  for (const [name, tree] of trees) {
    const shape = shapeOf(tree);
    shapes.set(name, shape);
    const type = inColumn(name, () => typeOfShape(shape));
    if (typeof type === "string") refused.set(name, type);
    else columns.set(name, type);
  }
  return { root, trees, shapes, columns, refused };
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

// Deeper than any schema in use; the tree is built by recursion.
const MAX_SCHEMA_DEPTH = 32;

/** Every element must have a name and a place: the counts of children must use them up exactly. */
function assertSchemaShape(schema: readonly SchemaElement[]): void {
  const open: number[] = [];
  for (const [i, element] of schema.entries()) {
    if (i > 0 && open.length === 0) throw new Error("its schema has elements that belong nowhere");
    if (typeof element.name !== "string") throw new Error("its schema has an element without a name");
    if (i > 0 && element.repetition_type === undefined)
      throw new Error(`column "${element.name}" has no repetition`);
    // A struct is built as an object, where this name would set the prototype.
    if (element.name === "__proto__") throw new Error('a column is named "__proto__"');
    if (open.length > 0) open[open.length - 1]!--;
    if ((element.num_children ?? 0) > 0) open.push(element.num_children!);
    if (open.length > MAX_SCHEMA_DEPTH) throw new Error("its schema is nested too deeply");
    while (open.length > 0 && open[open.length - 1] === 0) open.pop();
  }
  if (schema.length === 0 || open.length > 0) throw new Error("its schema is cut short");
}
