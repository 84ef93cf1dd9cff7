import { CONVERTED, LOGICAL, type Node } from "./foreign-file.js";
import type { Random } from "./mutate.js";

/** One way to write values of a kind down in Parquet: its schema, and what a cell becomes in it. */
export interface Form {
  /** In words. */
  readonly what: string;
  /** Whether a cell may be null. */
  readonly isNullable: boolean;
  node(name: string): Node;
  /** What the schema has for a cell. */
  raw(cell: unknown): unknown;
  /** A cell of this form. */
  some(random: Random): unknown;
}

type Presence = "required" | "optional";

export const text = (presence: Presence): Form => ({
  what: `${presence} text`,
  isNullable: presence === "optional",
  node: (name) => ({ name, repetition: presence, type: "BYTE_ARRAY", converted: CONVERTED.UTF8 }),
  raw: (cell) => cell,
  some: (random) => "abcdefgh"[random(8)]!.repeat(random(3)),
});

export const int = (presence: Presence): Form => ({
  what: `${presence} int`,
  isNullable: presence === "optional",
  node: (name) => ({ name, repetition: presence, type: "INT32" }),
  raw: (cell) => cell,
  some: (random) => random(1000) - 500,
});

const someItems = (item: Form, random: Random) =>
  Array.from({ length: random(4) }, () => cellOf(item, random));

/** A cell, null now and then. */
export function cellOf(form: Form, random: Random): unknown {
  return form.isNullable && random(4) === 0 ? null : form.some(random);
}

/** `repeated T name`, as protobuf and @dsnp/parquetjs write lists. An item has no levels of its own. */
export const bare = (item: Form): Form => ({
  what: `bare repeated (${item.what})`,
  isNullable: false,
  node: (name) => ({ ...item.node(name), repetition: "repeated" }),
  raw: (cell) => (cell as unknown[]).map(item.raw),
  some: (random) => someItems(item, random),
});

/** `group name (LIST) { repeated T array }`, as Avro and Thrift write lists. */
export const twoLevel = (presence: Presence, item: Form, inside = "array"): Form => ({
  what: `${presence} two-level list (${item.what})`,
  isNullable: presence === "optional",
  node: (name) => ({
    name,
    repetition: presence,
    converted: CONVERTED.LIST,
    children: [{ ...item.node(inside), repetition: "repeated" }],
  }),
  raw: (cell) => cell && { [inside]: (cell as unknown[]).map(item.raw) },
  some: (random) => someItems(item, random),
});

/** `group name (LIST) { repeated group list { T element } }`, as everybody writes lists today. */
export const threeLevel = (presence: Presence, item: Form, newest = false): Form => ({
  what: `${presence} three-level list (${item.what})`,
  isNullable: presence === "optional",
  node: (name) => ({
    name,
    repetition: presence,
    ...(newest ? { logical: LOGICAL.LIST } : { converted: CONVERTED.LIST }),
    children: [{ name: "list", repetition: "repeated", children: [item.node("element")] }],
  }),
  raw: (cell) => cell && { list: (cell as unknown[]).map((one) => ({ element: item.raw(one) })) },
  some: (random) => someItems(item, random),
});

export const structOf = (presence: Presence, fields: Readonly<Record<string, Form>>): Form => ({
  what: `${presence} struct (${Object.values(fields)
    .map(({ what }) => what)
    .join(", ")})`,
  isNullable: presence === "optional",
  node: (name) => ({
    name,
    repetition: presence,
    children: Object.entries(fields).map(([field, form]) => form.node(field)),
  }),
  raw: (cell) =>
    cell && mapFields(fields, (form, field) => form.raw((cell as Record<string, unknown>)[field])),
  some: (random) => mapFields(fields, (form) => cellOf(form, random)),
});

export const mapOf = (presence: Presence, value: Form): Form => ({
  what: `${presence} map (${value.what})`,
  isNullable: presence === "optional",
  node: (name) => ({
    name,
    repetition: presence,
    converted: CONVERTED.MAP,
    children: [
      {
        name: "key_value",
        repetition: "repeated",
        children: [text("required").node("key"), value.node("value")],
      },
    ],
  }),
  raw: (cell) =>
    cell && {
      key_value: Object.entries(cell).map(([key, one]) => ({ key, value: value.raw(one) })),
    },
  some: (random) =>
    Object.fromEntries(Array.from({ length: random(4) }, () => [`k${random(5)}`, cellOf(value, random)])),
});

function mapFields(
  fields: Readonly<Record<string, Form>>,
  map: (form: Form, field: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([field, form]) => [field, map(form, field)]));
}

/** Any form, lists in structs in lists. */
export function someForm(random: Random, depth = 3): Form {
  const presence = random(2) === 0 ? "required" : "optional";
  if (depth === 0) return random(2) === 0 ? text(presence) : int(presence);
  const inner = () => someForm(random, depth - 1);
  // A repeated field has no levels of its own for an item that is null, nor for one that is repeated itself.
  const item = () => {
    for (;;) {
      const form = inner();
      if (!form.isNullable && form.node("item").repetition === "required") return form;
    }
  };
  switch (random(7)) {
    case 0:
      return bare(item());
    case 1: {
      const form = item();
      return twoLevel(presence, form, form.node("item").children?.length === 1 ? "array" : "item");
    }
    case 2:
    case 3: {
      // With a repeated element it is a two-level list of a struct.
      let form = inner();
      while (form.node("element").repetition === "repeated") form = inner();
      return threeLevel(presence, form, random(2) === 0);
    }
    case 4:
      return mapOf(presence, inner());
    case 5:
      return structOf(presence, { a: inner() });
    default:
      return structOf(presence, { a: inner(), b: inner() });
  }
}
