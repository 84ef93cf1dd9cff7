import { BronzeStore, type Storage } from "bronzestore";
import fc from "fast-check";
import { snapshotEntries } from "../../src/bronze/index.js";
import {
  type Cell,
  type ColumnToWrite,
  type ColumnType,
  columnFromCells,
  encodeParquet,
} from "../../src/table/index.js";
import type { OracleFile, OracleQuestion, OracleRow, OracleRules } from "../oracle.js";
import { frameOf, type RandomFile, type RandomHistory, randomHistory } from "../travel/random-history.js";

export const DATE = "2026-01-15";
const START = 1_768_500_000_000_000_000n;

/** How a file differs from what the dataset says. */
interface Drift {
  readonly aliased: boolean;
  readonly player: "int64" | "int32" | "double";
  /** Whether columns in which nothing is known are left out. */
  readonly leavesOut: boolean;
  readonly hasExtra: boolean;
}

/** A history, and how each of its files is written. */
export interface RandomTree {
  readonly history: RandomHistory;
  readonly drifts: readonly Drift[];
  /** Of a feed whose folders are states: how many more files each of them has. */
  readonly folders?: readonly number[] | undefined;
}

const drift: fc.Arbitrary<Drift> = fc.record({
  aliased: fc.boolean(),
  player: fc.constantFrom("int64", "int32", "double"),
  leavesOut: fc.boolean(),
  hasExtra: fc.boolean(),
});

/** Other names of columns; the last one needs quotes everywhere. */
const ALIASES = { status: ["sta\"t`u's"], report_ts: ["re port"] };

/**
 * Random trees as in the tests of the rule, thick in ties, nulls, absence and drift.
 *
 * @param tick the smallest distance of two instants: 1 for engines of nanoseconds, 1,000 for those of microseconds
 */
export function randomTree(tick: bigint, fixed: Partial<OracleRules> = {}): fc.Arbitrary<RandomTree> {
  return fc.record({
    history: fc
      .tuple(randomHistory(fixed), fc.boolean())
      .map(([history, isNarrow]) => scaled(withoutFunctions(isNarrow ? narrowed(history) : history), tick)),
    drifts: fc.array(drift, { minLength: 6, maxLength: 6 }),
  });
}

/** The same of a feed of snapshots of which each is all files of a folder. */
export function treeOfFolders(tick: bigint): fc.Arbitrary<RandomTree> {
  return fc
    .tuple(
      randomTree(tick, { meaning: "snapshot" }),
      fc.array(fc.nat({ max: 2 }), { minLength: 6, maxLength: 6 }),
    )
    .map(([tree, folders]) => ({ ...tree, folders }));
}

/** The same with two keys and few instants, so that rows tie in all but their places. */
function narrowed(history: RandomHistory): RandomHistory {
  const cell = (name: string, value: OracleRow[string]): OracleRow[string] => {
    if (name === "game") return value === "a" ? "a" : null;
    if (name === "player") return 1;
    return name.endsWith("_ts") && typeof value === "bigint" && value > START
      ? START + ((value - START) % 3n)
      : value;
  };
  return {
    ...history,
    files: history.files.map((file) => ({
      ...file,
      rows: file.rows.map((row) =>
        Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cell(name, value)])),
      ),
      ...(file.covers && {
        covers: file.covers.map((cells) => cells.map((own, i) => cell(history.rules.scope[i]!, own))),
      }),
    })),
  };
}

/** Functions cannot be asked of an engine; the values say the same. */
function withoutFunctions(history: RandomHistory): RandomHistory {
  const { tombstone } = history.rules;
  if (typeof tombstone !== "function") return history;
  return { ...history, rules: { ...history.rules, tombstone: { status: ["gone"] } } };
}

function scaled({ rules, files, questions }: RandomHistory, tick: bigint): RandomHistory {
  const at = (ns: bigint) => (ns < START / 2n ? ns : START + (ns - START) * tick);
  const maybe = (ns: bigint | undefined) => (ns === undefined ? undefined : at(ns));
  const cell = (value: OracleRow[string]) => (typeof value === "bigint" ? at(value) : value);
  return {
    rules: {
      ...rules,
      earliest: maybe(rules.earliest),
      maxLead: rules.maxLead === undefined ? undefined : rules.maxLead * tick,
    },
    files: files.map(
      (file): RandomFile => ({
        ...file,
        rows: file.rows.map((row) =>
          Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cell(value)])),
        ),
        snapshotTime: maybe(file.snapshotTime),
        snapshotIngested: maybe(file.snapshotIngested),
      }),
    ),
    questions: questions.map(
      ({ cutoff, knownBy, maxAge }): OracleQuestion => ({
        cutoff: at(cutoff),
        knownBy: maybe(knownBy),
        maxAge: maxAge === undefined ? undefined : maxAge * tick,
      }),
    ),
  };
}

/** The rules of the dataset that reads such a tree. */
export function rulesOf({ history }: RandomTree): OracleRules {
  return { ...history.rules, aliases: ALIASES };
}

/** The files as the oracle takes them. */
export function oracleFiles({ history, drifts }: RandomTree): OracleFile[] {
  return history.files.map((file, i) => ({
    ...file,
    rows: file.rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, cell]) => [storedName(name, drifts[i]!), cell])),
    ),
  }));
}

/** Writes a tree, and opens it. */
export async function storeOf(tree: RandomTree, storage: Storage) {
  const places = tree.history.files.map((_, i) => [i, 0]);
  for (let at = 0, state = 0; tree.folders && at < places.length; state++)
    for (let nth = 0; nth <= tree.folders[state]! && at < places.length; nth++) places[at++] = [state, nth];
  for (const [i, file] of tree.history.files.entries()) {
    const [run, nth] = places[i]!;
    const name = nth === 0 ? "data.parquet" : `data.part-00000${nth! + 1}.parquet`;
    const path = `bronze/random_raw/season=2025/date=${DATE}/run_ts=20260115T00000${run}Z/${name}`;
    await storage.publish(path, bytesOf(file, tree.drifts[i]!));
  }
  const own = frameOf(rulesOf(tree), []).dataset;
  const dataset = tree.folders ? { ...own, state: "folder" as const } : own;
  return new BronzeStore({ storage, datasets: [dataset] });
}

function storedName(name: string, { aliased }: Drift): string {
  return (aliased && (ALIASES as Record<string, readonly string[]>)[name]?.[0]) || name;
}

const TYPES: Readonly<Record<string, ColumnType>> = {
  game: { kind: "text" },
  player: { kind: "int", bits: 64, signed: true },
  status: { kind: "text" },
  report_ts: { kind: "timestamp", unit: "ns", utc: true },
  as_of_ts: { kind: "timestamp", unit: "ns", utc: true },
  ingested_ts: { kind: "timestamp", unit: "ns", utc: true },
  run_id: { kind: "text" },
};

function bytesOf(file: RandomFile, own: Drift): Uint8Array {
  const { rows, snapshotTime, snapshotIngested, covers = [] } = file;
  const columns = Object.entries(TYPES).flatMap(([name, type]): ColumnToWrite[] => {
    const cells = rows.map((row) => (row[name] ?? null) as Cell);
    const mayLack = own.leavesOut && name !== "game" && name !== "player" && name !== "run_id";
    if (mayLack && cells.every((cell) => cell === null)) return [];
    return [{ name: storedName(name, own), column: columnOf(name, type, cells, file, own) }];
  });
  const extra = rows.map((_, i) => i);
  if (own.hasExtra)
    columns.push({ name: "ex tra", column: columnFromCells({ kind: "int", bits: 32, signed: true }, extra) });
  const entries = snapshotEntries({
    snapshot_ts: snapshotTime === undefined ? null : String(snapshotTime),
    snapshot_ingested_ts: snapshotIngested === undefined ? null : String(snapshotIngested),
    covers: covers.map((cells) => cells.map((cell) => cell as never)),
  });
  return encodeParquet(columns, entries, ["game", "player"]);
}

function columnOf(name: string, type: ColumnType, cells: readonly Cell[], { unit }: RandomFile, own: Drift) {
  if (name === "player") {
    if (own.player === "double") return columnFromCells({ kind: "float", bits: 64 }, cells);
    if (own.player === "int32") return columnFromCells({ kind: "int", bits: 32, signed: true }, cells);
    return columnFromCells(
      type,
      cells.map((cell) => (cell === null ? null : BigInt(cell as number))),
    );
  }
  if (type.kind !== "timestamp") return columnFromCells(type, cells);
  try {
    return columnFromCells({ ...type, unit }, cells);
  } catch {
    return columnFromCells(type, cells);
  }
}
