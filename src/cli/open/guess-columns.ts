import { type Cell, type ColumnType, cellReader, type ParquetFile } from "../../table/index.js";
import { parseInstant } from "../../time/index.js";
import type { GuessedLayout } from "./guess-layout.js";

/** How a column is declared: the words of the config that `init` writes. */
export type GuessedType =
  | "z.boolean()"
  | "z.int()"
  | "z.int32()"
  | "z.uint32()"
  | "z.int64()"
  | "z.uint64()"
  | "z.float32()"
  | "z.number()"
  | "z.string()"
  | "domainDate()"
  | "instant()"
  | `decimal(${number}, ${number})`;

/** What a dataset that nobody defined seems to be. */
export interface GuessedDataset extends GuessedLayout {
  readonly columns: ReadonlyMap<string, GuessedType>;
  /** Columns that together are unique in each file that was looked at. */
  readonly key: readonly string[];
  /** Whether they are: else the key is only a name for what was there. */
  readonly keyHolds: boolean;
  readonly asOf: string | null;
  readonly ingested: string;
  /** The column that dates rows. */
  readonly date: string | undefined;
  /** Whether instants are without a zone. */
  readonly naive: boolean;
}

const AS_OF = [
  "as_of_ts",
  "as_of",
  "published_at",
  "updated_at",
  "update_time",
  "last_update",
  "event_time",
  "event_ts",
  "timestamp",
  "time",
  "ts",
];
const INGESTED = [
  "ingested_ts",
  "ingested_at",
  "captured_at",
  "fetched_at",
  "scraped_at",
  "loaded_at",
  "collected_at",
  "created_at",
  "inserted_at",
];
const IS_TIME = /(?:_ts|_at|_time|^ts|^time|^timestamp|timestamp)$/i;
const IS_RUN = /^run(?:_id|_ts)?$/i;
const IS_ID = /(?:^id|_id|^key|_key|symbol|ticker|code|name|book|market|outcome|side|station|site|team)$/i;

/**
 * What files of a dataset tell of its columns.
 *
 * @param files the largest first, whose columns count
 */
export function guessColumns(layout: GuessedLayout, files: readonly ParquetFile[]): GuessedDataset {
  const file = files[0]!;
  const columns = new Map<string, GuessedType>();
  let naive = false;
  for (const [name, type] of file.columns) {
    const declared = isInstantText(file, name, type) ? "instant()" : declarationOf(type);
    if (declared) columns.set(name, declared);
    naive ||= type.kind === "timestamp" && !type.utc;
  }
  for (const name of layout.pathColumns) columns.set(name, "z.string()");
  if (layout.dateColumn !== undefined) columns.set(layout.dateColumn, "domainDate()");
  const instants = [...columns].flatMap(([name, type]) => (type === "instant()" ? [name] : []));
  const pick = (names: readonly string[]) =>
    names.flatMap((wanted) => instants.filter((own) => own.toLowerCase() === wanted))[0];
  const ingested = pick(INGESTED);
  const asOf = pick(AS_OF) ?? instants.find((name) => name !== ingested) ?? null;
  // Every dataset has a column of captures; where files have none it is null in all of them.
  if (ingested === undefined) columns.set("ingested_ts", "instant()");
  const { key, holds } = guessKey(files, columns, layout.pathColumns);
  const days = [...columns].flatMap(([name, type]) => (type === "domainDate()" ? [name] : []));
  return {
    ...layout,
    columns,
    key,
    keyHolds: holds,
    asOf,
    ingested: ingested ?? "ingested_ts",
    date: layout.dateColumn ?? days[0] ?? asOf ?? ingested,
    naive,
  };
}

function declarationOf(type: ColumnType): GuessedType | undefined {
  switch (type.kind) {
    case "bool":
      return "z.boolean()";
    case "int":
      if (type.bits === 64) return type.signed ? "z.int64()" : "z.uint64()";
      if (type.bits === 32) return type.signed ? "z.int32()" : "z.uint32()";
      return "z.int()";
    case "float":
      return type.bits === 32 ? "z.float32()" : "z.number()";
    case "text":
      return "z.string()";
    case "date":
      return "domainDate()";
    case "timestamp":
      return "instant()";
    case "decimal":
      return `decimal(${type.precision}, ${type.scale})`;
    // Columns nobody declared are read as they are.
    case "bytes":
    case "time":
    case "list":
    case "nested":
    case "null":
      return undefined;
    default:
      return type satisfies never;
  }
}

/** Whether a text column holds instants with a zone, by its name and its first values. */
function isInstantText(file: ParquetFile, name: string, type: ColumnType): boolean {
  if (type.kind !== "text" || !IS_TIME.test(name)) return false;
  const texts = cellsOf(file, name, 20).filter((cell) => cell !== null);
  try {
    for (const text of texts) parseInstant(text as string);
  } catch {
    return false;
  }
  return texts.length > 0;
}

function cellsOf(file: ParquetFile, name: string, most = Number.POSITIVE_INFINITY): Cell[] {
  const column = file.column(name);
  const cell = cellReader(column, "bigint");
  return Array.from({ length: Math.min(column.length, most) }, (_, row) => cell(row));
}

/** Columns, ids first, that no two rows of one file share, one taken where it tells more rows apart; all where none do. */
function guessKey(
  files: readonly ParquetFile[],
  columns: ReadonlyMap<string, GuessedType>,
  fromPaths: readonly string[],
): { readonly key: readonly string[]; readonly holds: boolean } {
  const candidates = [...columns].flatMap(([name, type]) =>
    KEY_TYPES.has(type) && !IS_RUN.test(name) && files.every((file) => file.columns.has(name)) ? [name] : [],
  );
  candidates.sort((a, b) => Number(IS_ID.test(b)) - Number(IS_ID.test(a)));
  const chosen: string[] = [];
  const groups = files.map((file) => ({ file, of: new Array<number>(file.rowCount).fill(0), distinct: 1 }));
  const holds = () => groups.every(({ file, distinct }) => distinct >= file.rowCount);
  for (const name of candidates) {
    if (holds() && chosen.length > 0) break;
    const finer = groups.map(({ file, of }) => refined(of, cellsOf(file, name)));
    if (chosen.length > 0 && finer.every(({ distinct }, i) => distinct === groups[i]!.distinct)) continue;
    chosen.push(name);
    for (const [i, own] of finer.entries()) Object.assign(groups[i]!, own);
  }
  const key = [...fromPaths, ...chosen];
  return key.length === 0 ? { key: [...columns.keys()].slice(0, 1), holds: false } : { key, holds: holds() };
}

/** Groups of rows, told apart by one more column. */
function refined(groups: readonly number[], cells: readonly Cell[]): { of: number[]; distinct: number } {
  const codes = new Map<string, number>();
  const of = cells.map((cell, row) => {
    const own = `${groups[row]}/${String(cell)}`;
    if (!codes.has(own)) codes.set(own, codes.size);
    return codes.get(own)!;
  });
  return { of, distinct: codes.size };
}

const KEY_TYPES: ReadonlySet<GuessedType> = new Set([
  "z.string()",
  "z.int()",
  "z.int32()",
  "z.uint32()",
  "z.int64()",
  "z.uint64()",
]);
