import type { SchemaElement, SchemaTree } from "hyparquet";
import { type ColumnType, describeType } from "../column-type.js";
import { leafType } from "./leaf-type.js";

/**
 * What the values of a Parquet column are assembled from. `definition` and `repetition` are the minimum levels of an
 * entry where the node is present, and (lists) where another item follows.
 */
export type Shape =
  | { readonly kind: "leaf"; readonly element: SchemaElement; readonly path: readonly string[] }
  | { readonly kind: "optional"; readonly definition: number; readonly of: Shape }
  | {
      readonly kind: "list";
      readonly definition: number;
      readonly repetition: number;
      readonly item: Shape;
    }
  | {
      readonly kind: "map";
      readonly definition: number;
      readonly repetition: number;
      readonly key: Shape;
      readonly value: Shape;
    }
  | { readonly kind: "struct"; readonly fields: readonly { readonly name: string; readonly shape: Shape }[] }
  /** Something this library does not read. */
  | { readonly kind: "refused"; readonly reason: string };

/** How many optional and repeated nodes are above. */
interface Levels {
  readonly definition: number;
  readonly repetition: number;
}

/**
 * The shape of a top-level column. A repeated field is a list wherever it is; the content of an annotated list follows
 * the format's rules, including those for writers before the three-level form.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#nested-types
 */
export function shapeOf(tree: SchemaTree, above: Levels = { definition: 0, repetition: 0 }): Shape {
  const { definition, repetition } = above;
  switch (tree.element.repetition_type) {
    case "OPTIONAL": {
      const here = { definition: definition + 1, repetition };
      return { kind: "optional", definition: here.definition, of: presentShape(tree, here) };
    }
    case "REPEATED": {
      const here = { definition: definition + 1, repetition: repetition + 1 };
      return { kind: "list", ...here, item: presentShape(tree, here) };
    }
    case "REQUIRED":
    case undefined:
      return presentShape(tree, above);
    default:
      return tree.element.repetition_type satisfies never;
  }
}

/** The shape of a node after its own repetition was handled. */
function presentShape(tree: SchemaTree, here: Levels): Shape {
  const { element, children, path } = tree;
  if (element.logical_type?.type === "VARIANT") {
    return { kind: "refused", reason: "VARIANT columns are not read" };
  }
  if (children.length === 0) return { kind: "leaf", element, path };
  const inside = { definition: here.definition + 1, repetition: here.repetition + 1 };
  const repeated = onlyRepeatedChild(tree);
  if (repeated && isAnnotated(element, "LIST")) {
    const item = isItem(tree, repeated)
      ? presentShape(repeated, inside)
      : shapeOf(repeated.children[0]!, inside);
    return { kind: "list", ...inside, item };
  }
  if (repeated && (isAnnotated(element, "MAP") || element.converted_type === "MAP_KEY_VALUE")) {
    const [key, value, ...more] = repeated.children;
    // Keys become names, so they must be plain values.
    if (key && value && more.length === 0 && isPlainKey(key))
      return { kind: "map", ...inside, key: shapeOf(key, inside), value: shapeOf(value, inside) };
  }
  return {
    kind: "struct",
    fields: children.map((child) => ({ name: child.element.name, shape: shapeOf(child, here) })),
  };
}

function isAnnotated({ converted_type, logical_type }: SchemaElement, as: "LIST" | "MAP"): boolean {
  return converted_type === as || logical_type?.type === as;
}

function onlyRepeatedChild({ children }: SchemaTree): SchemaTree | undefined {
  const [only] = children;
  return children.length === 1 && only!.element.repetition_type === "REPEATED" ? only : undefined;
}

/** Whether a list's repeated field is the item itself (the two-level form), rather than what holds it. */
function isItem(list: SchemaTree, { element, children }: SchemaTree): boolean {
  if (children.length !== 1 || children[0]!.element.repetition_type === "REPEATED") return true;
  return element.name === "array" || element.name === `${list.element.name}_tuple`;
}

function isPlainKey({ element, children }: SchemaTree): boolean {
  return children.length === 0 && element.repetition_type !== "REPEATED";
}

/** Whether a column is one value per row. */
export function isFlat(shape: Shape): boolean {
  return shape.kind === "leaf" || (shape.kind === "optional" && shape.of.kind === "leaf");
}

/** The column type of a shape, or a string that says why this library refuses it. */
export function typeOfShape(shape: Shape): ColumnType | string {
  switch (shape.kind) {
    case "leaf":
      return leafType(shape.element);
    case "optional":
      return typeOfShape(shape.of);
    case "list": {
      const item = typeOfShape(shape.item);
      return typeof item === "string" ? item : { kind: "list", item };
    }
    case "map": {
      const [key, value] = [typeOfShape(shape.key), typeOfShape(shape.value)];
      if (typeof key === "string") return key;
      if (typeof value === "string") return value;
      return { kind: "nested", shape: `MAP<${describeType(key)}, ${describeType(value)}>` };
    }
    case "struct": {
      const [problem] = problemWithNames(shape.fields.map(({ name }) => name));
      if (problem) return `in a struct in it, ${problem[1]}`;
      const parts: string[] = [];
      for (const { name, shape: field } of shape.fields) {
        const type = typeOfShape(field);
        if (typeof type === "string") return type;
        parts.push(`${name}: ${describeType(type)}`);
      }
      return { kind: "nested", shape: `STRUCT<${parts.join(", ")}>` };
    }
    case "refused":
      return shape.reason;
    default:
      return shape satisfies never;
  }
}

/**
 * The names of columns, or of a struct's fields, that no object can have as the format lets a file have them: twice, or the one
 * that is its prototype's. With what is wrong with each.
 */
export function problemWithNames(names: readonly string[]): ReadonlyMap<string, string> {
  const problems = new Map<string, string>();
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) problems.set(name, `two are named "${name}"`);
    else if (name === "__proto__")
      problems.set(name, `one is named "__proto__", as JavaScript calls the prototype of a row`);
    seen.add(name);
  }
  return problems;
}
