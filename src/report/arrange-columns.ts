import type { AnyDataset } from "../index.js";
import type { RawHistory } from "./gather-history.js";
import type { Arrangement, HistoryData, ValueColumn } from "./page/data.js";

/** More names beside a key say less. */
const MOST_LABELS = 2;
/** More words have no colours that can be told apart. */
const MOST_WORDS = 8;

/**
 * Says what each column is to a person, by what it held in all the days: text that never changes within a key, and differs
 * between keys, names it; the rest is what it holds, and what changes comes first. A first key column that many keys share
 * is a group.
 */
export function arrangeColumns(dataset: AnyDataset, days: readonly RawHistory[]): Arrangement {
  const names = [...new Set(days.flatMap(({ columns }) => [...columns.keys()]))];
  const group = groupOf(dataset, days);
  const place = group === null ? -1 : dataset.key.indexOf(group);
  const found = names.map((name) => lookAt(dataset, name, days, place));
  const labels = found
    .filter(({ isText, changes, differs }) => isText && !changes && differs)
    .sort((a, b) => b.distinct - a.distinct) // the one that tells most keys apart is their name
    .slice(0, MOST_LABELS);
  const rest = found.filter((column) => !labels.includes(column));
  // Where all of it is the same in every version, it is shown as values all the same.
  const shown = rest.length > 0 ? rest : labels;
  const values = [...shown].sort((a, b) => Number(b.changes) - Number(a.changes));
  return {
    group,
    labels: rest.length > 0 ? labels.map(({ name }) => name) : [],
    values: values.map(({ name, kind }) => ({ name, kind })),
  };
}

interface LookedAt extends ValueColumn {
  readonly isText: boolean;
  readonly changes: boolean;
  /** Whether keys of one group differ in it. */
  readonly differs: boolean;
  readonly distinct: number;
}

function lookAt(dataset: AnyDataset, name: string, days: readonly RawHistory[], place: number): LookedAt {
  const words = new Set<string>();
  let [changes, differs] = [false, false];
  for (const { columns, keys } of days) {
    const column = columns.get(name);
    if (!column) continue;
    for (const word of column.words) words.add(word);
    changes ||= keys.some(({ first, count }) => {
      for (let i = first + 1; i < first + count; i++)
        if (column.codes[i] !== column.codes[first]) return true;
      return false;
    });
    const ofGroup = new Map<string, number>();
    for (const { first, cells } of keys) {
      const own = place < 0 ? "" : cells[place]!;
      const code = column.codes[first]!;
      differs ||= (ofGroup.get(own) ?? code) !== code;
      ofGroup.set(own, code);
    }
  }
  const kind = kindOf(dataset, name, words);
  const declared = dataset.columns.get(name)?.type.kind;
  const isText = declared === undefined ? kind !== "numbers" : declared === "text";
  return { name, kind, isText, changes, differs, distinct: words.size };
}

const NUMBERS: ReadonlySet<string> = new Set(["int", "float", "decimal"]);

function kindOf(dataset: AnyDataset, name: string, words: ReadonlySet<string>): ValueColumn["kind"] {
  const declared = dataset.columns.get(name)?.type.kind;
  if (declared === "timestamp") return "instants";
  const isNumber = declared === undefined ? looksLikeNumbers(words) : NUMBERS.has(declared);
  if (isNumber) return "numbers";
  return words.size <= MOST_WORDS ? "words" : "text";
}

function looksLikeNumbers(words: ReadonlySet<string>): boolean {
  const known = [...words].filter((word) => word !== "∅");
  return known.length > 0 && known.every((word) => /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(word));
}

function groupOf(dataset: AnyDataset, days: readonly RawHistory[]): string | null {
  if (dataset.key.length < 2) return null;
  const column = dataset.scope[0] ?? dataset.key[0]!;
  const place = dataset.key.indexOf(column);
  let [keys, groups] = [0, 0];
  for (const day of days) {
    keys += day.keys.length;
    groups += new Set(day.keys.map(({ cells }) => cells[place])).size;
  }
  return keys >= 2 * groups && groups > 0 ? column : null;
}

/** A day's history with its columns in their places. */
export function arranged(raw: RawHistory, dataset: AnyDataset, arrangement: Arrangement): HistoryData {
  const { group, labels, values } = arrangement;
  const { columns, keys, ...rest } = raw;
  const none = { words: ["∅"], codes: rest.file.map(() => 0) };
  const column = (name: string) => columns.get(name) ?? none;
  const place = group === null ? -1 : dataset.key.indexOf(group);
  return {
    ...rest,
    arrangement,
    cells: values.map(({ name }) => column(name)),
    keys: keys.map((key) => ({
      ...key,
      labels: labels.map((name) => {
        const { words, codes } = column(name);
        return words[codes[key.first + key.count - 1]!]!;
      }),
      group: place < 0 ? null : key.cells[place]!,
    })),
  };
}
