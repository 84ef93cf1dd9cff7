import { BronzeError } from "../../errors.js";
import { shown } from "../../shown.js";
import type { OutputRow } from "./output.js";

/**
 * Refuses rows of which two have one key, or one has none: whoever joins with them would get a row twice, or not at all.
 *
 * @throws BronzeError `INVALID_ROWS`
 */
export function assertKeyIsUnique(rows: readonly OutputRow[], key: readonly string[] | undefined): void {
  if (!key) return;
  const firstOf = new Map<string, number>();
  rows.forEach((row, i) => {
    const cells = key.map((column) => (Object.hasOwn(row, column) ? row[column] : undefined));
    const missing = key.find((_, at) => cells[at] === null || cells[at] === undefined);
    if (missing !== undefined)
      throw invalid(
        `Row ${i} has no ${JSON.stringify(missing)}, which belongs to the key of the rows`,
        i,
        missing,
      );
    const text = JSON.stringify(cells.map(comparable));
    const first = firstOf.get(text);
    if (first !== undefined)
      throw invalid(
        `Rows ${first} and ${i} have one key, ${shown(Object.fromEntries(key.map((name, at) => [name, cells[at]])))}`,
        i,
        key[0]!,
      );
    firstOf.set(text, i);
  });
}

/** Equal for values that are one in a file, and for no others: a whole number is the same as a number and as a bigint. */
function comparable(value: unknown): string {
  if (value instanceof Date) return `instant ${BigInt(value.getTime()) * 1_000_000n}`;
  const ns = (value as { epochNanoseconds?: unknown }).epochNanoseconds;
  if (typeof ns === "bigint") return `instant ${ns}`;
  if (typeof value === "number" || typeof value === "bigint") return `number ${value}`;
  return `${typeof value} ${JSON.stringify(value)}`;
}

function invalid(what: string, row: number, field: string): BronzeError {
  return new BronzeError("INVALID_ROWS", `${what} (rowKey of the store).`, {
    problems: [{ row, field, problem: what }],
  });
}
