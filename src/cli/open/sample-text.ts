import { type Cell, instantOfText } from "../../table/index.js";
import type { GuessedType, Sample } from "./sample.js";

/** A record of a file of text: by column, its text or what JSON says. */
export type TextRecord = Readonly<Record<string, unknown>>;

/**
 * Files of text, whose columns are what all their cells can be read as; a column without any is text.
 *
 * @param files the records of each
 */
export function samplesOfText(files: readonly (readonly TextRecord[])[]): Sample[] {
  const cellsOf = (records: readonly TextRecord[], name: string) =>
    records.map((record) => textOf(record[name]));
  const namesOf = (records: readonly TextRecord[]) =>
    new Set(records.flatMap((record) => Object.keys(record)));
  const types = new Map<string, GuessedType>();
  let naive = false;
  for (const name of new Set(files.flatMap((records) => [...namesOf(records)]))) {
    const texts = files.flatMap((records) => cellsOf(records, name)).filter((text) => text !== null);
    const type = typeOf(texts);
    types.set(name, type);
    naive ||= type === "instant()" && texts.some((text) => !HAS_ZONE.test(text));
  }
  return files.map((records) => ({
    rowCount: records.length,
    columns: new Map([...namesOf(records)].map((name) => [name, types.get(name)!])),
    naive,
    cells: (name): readonly Cell[] => cellsOf(records, name),
  }));
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined || value === "") return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function typeOf(texts: readonly string[]): GuessedType {
  const all = (fits: (text: string) => boolean) => texts.length > 0 && texts.every(fits);
  if (all((text) => /^(?:true|false)$/i.test(text))) return "z.boolean()";
  // What begins with a nought is an id, whose digits all count.
  if (all((text) => /^-?(?:0|[1-9]\d*)$/.test(text)))
    return all((text) => Number.isSafeInteger(Number(text))) ? "z.int()" : "z.int64()";
  if (all((text) => /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text))) return "z.number()";
  if (all((text) => /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/.test(text))) return "domainDate()";
  return all(isInstant) ? "instant()" : "z.string()";
}

function isInstant(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d/.test(text)) return false;
  try {
    instantOfText(text, true);
    return true;
  } catch {
    return false;
  }
}

const HAS_ZONE = /(?:[Zz]|[+-]\d\d(?::?\d\d)?)$/;
