/** A cell as the writer's own library says it, see `writers/expected.py`. */
export type Expected =
  | null
  | boolean
  | string
  | readonly ["i" | "f" | "t" | "b", string]
  | readonly ["l", readonly Expected[]]
  | readonly ["o", readonly Entry[]];

type Entry = readonly [string, Expected];

/** Whether a cell is exactly what was expected: the bits of floats, every digit, and its JavaScript type. */
export function isCell(cell: unknown, expected: Expected): boolean {
  if (expected === null || typeof expected !== "object") return cell === expected;
  const [kind, value] = expected;
  switch (kind) {
    case "i":
      return (typeof cell === "bigint" || Number.isSafeInteger(cell)) && exactText(cell) === value;
    case "f":
      return typeof cell === "number" && bitsOf(cell) === value;
    case "t":
      return typeof cell === "bigint" && String(cell) === value;
    case "b":
      return cell instanceof Uint8Array && Buffer.from(cell).toString("hex") === value;
    case "l":
      return (
        Array.isArray(cell) &&
        cell.length === value.length &&
        cell.every((item, i) => isCell(item, value[i]!))
      );
    case "o":
      return isObject(cell, value as readonly Entry[]);
    default:
      return kind satisfies never;
  }
}

function exactText(cell: unknown): string {
  return Object.is(cell, -0) ? "-0" : String(cell);
}

function bitsOf(value: number): string {
  if (Number.isNaN(value)) return "nan";
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString("hex");
}

/** The names are different ones: an object cannot say an entry twice. */
function isObject(cell: unknown, entries: readonly Entry[]): boolean {
  if (typeof cell !== "object" || cell === null || Array.isArray(cell)) return false;
  if (Object.keys(cell).length !== entries.length) return false;
  return entries.every(
    ([name, value]) => Object.hasOwn(cell, name) && isCell((cell as Record<string, unknown>)[name], value),
  );
}
