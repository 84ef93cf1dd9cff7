import type { AnyDataset, DeclaredColumn } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { shown } from "../../shown.js";
import { instantArgument } from "./instants.js";

type KeyCell = string | number | bigint | boolean | null;

/**
 * A key as the command line takes it, `game_id=0022500561 book=dk`: each value in its column's own type, so that a long id
 * stays text with every digit. `book=` is empty text, and a column without `=` is null.
 *
 * @throws BronzeError `INVALID_ARGUMENT` where a key column is missing, given twice, or no value of its type
 */
export function keyArgument(
  dataset: AnyDataset,
  pairs: readonly string[],
  nowNs: bigint,
): Record<string, KeyCell> {
  const key = new Map<string, KeyCell>();
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    const name = at < 0 ? pair : pair.slice(0, at);
    const column = dataset.columns.get(name);
    if (!dataset.key.includes(name) || !column)
      throw invalid(dataset, `${shown(name)} is no column of its key`);
    if (key.has(name)) throw invalid(dataset, `${shown(name)} is given twice`);
    key.set(name, at < 0 ? null : cellOf(dataset, column, pair.slice(at + 1), nowNs));
  }
  const missing = dataset.key.filter((name) => !key.has(name));
  if (missing.length > 0) throw invalid(dataset, `${missing.join(", ")} is missing`);
  return Object.fromEntries(key);
}

function cellOf(
  dataset: AnyDataset,
  { name, type, integers }: DeclaredColumn,
  text: string,
  nowNs: bigint,
): KeyCell {
  switch (type.kind) {
    case "int":
      if (!/^-?\d+$/.test(text)) throw invalid(dataset, `${name}=${shown(text)} is no whole number`);
      return integers === "bigint" ? BigInt(text) : Number(text);
    case "float":
      if (text === "" || Number.isNaN(Number(text)))
        throw invalid(dataset, `${name}=${shown(text)} is no number`);
      return Number(text);
    case "bool":
      if (text !== "true" && text !== "false")
        throw invalid(dataset, `${name}=${shown(text)} is not true or false`);
      return text === "true";
    case "timestamp":
      return type.utc ? instantArgument(text, name, nowNs) : text;
    default:
      return text;
  }
}

function invalid({ name, key }: AnyDataset, what: string): BronzeError {
  return new BronzeError(
    "INVALID_ARGUMENT",
    `A key of "${name}" is ${key.map((column) => `${column}=VALUE`).join(" ")}; ${what}.`,
    { dataset: name },
  );
}
