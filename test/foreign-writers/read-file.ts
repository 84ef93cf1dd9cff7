import { readFileSync } from "node:fs";
import {
  BronzeError,
  BronzeStore,
  decimal,
  defineDataset,
  domainDate,
  formatInstant,
  instant,
} from "bronzestore";
import * as z from "zod";
import { type Expected, isCell } from "./compare.js";

/** What a writer says of a file, or of a folder of files. */
interface ForeignFile {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: number;
  /** How the schema of a dataset can declare the column `v`. */
  readonly declared?: string | null;
  /** Columns that its path has, and how they are declared. */
  readonly partitions?: Readonly<Record<string, string>>;
  /** Whether it is a folder of files, whose rows come in no order. */
  readonly parts?: boolean;
}

/** How reading a file ended. */
export type Outcome =
  | { readonly end: "equal" }
  | { readonly end: "refused"; readonly code: string; readonly message: string }
  | { readonly end: "wrong"; readonly why: string };

/** The files that a writer made, as it lists them. */
export function filesOf(root: string, writer: string): ForeignFile[] {
  return linesOf(`${root}/${writer}.jsonl`) as ForeignFile[];
}

const DATE = "2026-01-15";

/**
 * Reads a file as a user does, and compares every cell: the day with all its columns, each column alone by `columns`; where a schema
 * can say the type of `v`, the day again with it declared; and where `v` holds instants, what was known at some of them.
 */
export async function readForeign(root: string, writer: string, file: ForeignFile): Promise<Outcome> {
  const rows = linesOf(`${root}/${writer}/${file.name}/expected.jsonl`) as Expected[][];
  const foreign = { root, writer, file };
  try {
    const why =
      rows.length === file.rows
        ? ((await readUndeclared(foreign, rows)) ??
          (await readDeclared(foreign, rows)) ??
          (await readAsOf(foreign, rows)))
        : `its writer lists ${rows.length} rows, and says that there are ${file.rows}`;
    return why === undefined ? { end: "equal" } : { end: "wrong", why };
  } catch (error) {
    return outcomeOf(error, `${writer}/${file.name}/`);
  }
}

/** An error is a refusal if it is one of the library's and says which file; anything else is a fault. */
function outcomeOf(error: unknown, place: string): Outcome {
  if (!(error instanceof BronzeError)) return { end: "wrong", why: `threw ${String(error)}` };
  const { code, message } = error;
  return message.includes(place)
    ? { end: "refused", code, message }
    : { end: "wrong", why: `${code} does not name the file: ${message}` };
}

interface Foreign {
  readonly root: string;
  readonly writer: string;
  readonly file: ForeignFile;
}

async function readUndeclared(foreign: Foreign, rows: readonly Expected[][]): Promise<string | undefined> {
  const { columns } = foreign.file;
  const store = storeOf(foreign, {});
  const day = await store.readBronzeDay("foreign", DATE);
  // What is left out says why by an error of its own.
  for (const { column } of day.omitted) await store.readBronzeDay("foreign", DATE, { columns: [column] });
  if (day.ignored.length > 0) return `ignored ${JSON.stringify(day.ignored)}`;
  const why = differs(day, foreign.file, rows);
  if (why !== undefined) return why;
  for (const name of columns) {
    const alone = await store.readBronzeDay("foreign", DATE, { columns: [name] });
    if (shown(alone.column(name)) !== shown(day.column(name))) return `"${name}" alone reads otherwise`;
  }
  return undefined;
}

async function readDeclared(foreign: Foreign, rows: readonly Expected[][]): Promise<string | undefined> {
  const { declared, columns } = foreign.file;
  if (!declared) return undefined;
  const schema = { v: typeOf(declared).nullable() };
  const day = await storeOf(foreign, { schema, ...timesOf(declared) }).readBronzeDay("foreign", DATE);
  const v = columns.indexOf("v");
  const asDeclared = rows.map((row) => row.map((cell, i) => (i === v ? declaredCell(cell, declared) : cell)));
  const why = differs(day, foreign.file, asDeclared);
  return why === undefined ? undefined : `declared as ${declared}: ${why}`;
}

/** With `v` as the time from which a row is known, and `k` as the key. */
async function readAsOf(foreign: Foreign, rows: readonly Expected[][]): Promise<string | undefined> {
  const { declared, columns } = foreign.file;
  if (!declared?.endsWith("instant")) return undefined;
  const store = storeOf(foreign, {
    schema: { k: z.bigint() },
    key: ["k"],
    aliases: { as_of_ts: ["v"] },
    ...timesOf(declared),
  });
  const [k, v] = [columns.indexOf("k"), columns.indexOf("v")];
  const known = rows.flatMap((row) => {
    const time = declaredCell(row[v]!, declared);
    return time === null ? [] : [{ key: textOf(row[k]!), ns: BigInt(textOf(time)) }];
  });
  const earlier = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);
  const times = [...new Set(known.map(({ ns }) => ns))].filter((ns) => BigInt.asIntN(64, ns) === ns);
  for (const cutoff of times.sort(earlier).slice(0, 12)) {
    const ours = await store.asOf(formatInstant(cutoff)).read("foreign", { date: DATE });
    const theirs = known.filter(({ ns }) => ns <= cutoff).map(({ key }) => key);
    if (shown(ours.column("k").map(String).sort()) !== shown(theirs.sort())) {
      return `as of ${formatInstant(cutoff)}: ${ours.length} rows, not ${theirs.length}`;
    }
  }
  return undefined;
}

function textOf(cell: Expected): string {
  return (cell as readonly ["i", string])[1];
}

interface Columns {
  readonly length: number;
  readonly columns: readonly string[];
  column(name: string): readonly unknown[];
}

function differs(day: Columns, file: ForeignFile, rows: readonly Expected[][]): string | undefined {
  if (day.length !== rows.length) return `has ${day.length} rows, not ${rows.length}`;
  // A column that nobody declared is there for its values.
  const missing = file.columns.filter(
    (name, c) => !day.columns.includes(name) && rows.some((row) => !isCell(null, row[c]!)),
  );
  if (missing.length > 0) return `lacks ${missing.join(", ")}, has ${day.columns.join(", ")}`;
  const columns = file.columns.map((name) => day.column(name));
  const order = orderOf(file, columns, rows);
  for (const [c, cells] of columns.entries()) {
    for (const [i, row] of rows.entries()) {
      const cell = cells[order[i]!];
      if (!isCell(cell, row[c]!))
        return `row ${i}, "${file.columns[c]}": ${shown(cell)}, not ${shown(row[c])}`;
    }
  }
  return undefined;
}

/** Where each expected row is: in the file's own order, or, of several files, by `k`, which is there once each. */
function orderOf(
  { partitions, parts, columns: names }: ForeignFile,
  columns: readonly (readonly unknown[])[],
  rows: readonly Expected[][],
): number[] {
  if (!partitions && !parts) return rows.map((_, i) => i);
  const k = names.indexOf("k");
  const at = new Map(columns[k]!.map((key, i) => [String(key), i]));
  return rows.map((row) => at.get(textOf(row[k]!))!);
}

function shown(value: unknown): string {
  return JSON.stringify(value ?? null, (_, inner: unknown) => {
    if (typeof inner === "bigint") return `${inner}n`;
    if (typeof inner === "number") return Object.is(inner, -0) ? "-0" : String(inner);
    return inner;
  });
}

/** As far as it is used here: a dataset that only the run knows has no types to check. */
interface Store {
  readBronzeDay(
    name: string,
    date: string,
    options?: { columns: readonly string[] },
  ): Promise<Columns & { ignored: readonly object[]; omitted: readonly { column: string }[] }>;
  asOf(cutoff: string): { read(name: string, days: { date: string }): Promise<Columns> };
}

interface Definition {
  readonly schema?: Record<string, z.ZodType>;
  readonly [option: string]: unknown;
}

/** A store whose one dataset is that file. */
function storeOf({ root, writer, file }: Foreign, { schema, ...definition }: Definition): Store {
  const { name, partitions = {}, parts } = file;
  const tokens = Object.keys(partitions).map((column) => `/${column}={${column}}`);
  const files = parts ? "data/*.parquet" : tokens.length > 0 ? "*.parquet" : "data.parquet";
  const inPath = Object.entries(partitions).map(([column, type]) => [column, typeOf(type).nullable()]);
  const foreign = {
    name: "foreign",
    folder: `${writer}/${name}`,
    layout: `file={file}/date={date}${tokens.join("")}/${files}`,
    files: "append",
    timeZone: "UTC",
    schema: z.object({
      file: z.string(),
      as_of_ts: instant().nullable(),
      ingested_ts: instant().nullable(),
      ...Object.fromEntries(inPath),
      ...schema,
    }),
    key: ["file"],
    date: { from: "as_of_ts" },
    misfiled: "read",
    ...definition,
  };
  return new BronzeStore({ root, datasets: [defineDataset(foreign as never)] }) as unknown as Store;
}

function timesOf(declared: string): Definition {
  return declared === "naive instant" ? { timestamps: { naive: "utc" } } : {};
}

function typeOf(declared: string): z.ZodType {
  const [type, precision, scale] = declared.split(" ");
  switch (type) {
    case "string":
      return z.string();
    case "number":
      return z.number();
    case "int":
      return z.int();
    case "bigint":
      return z.bigint();
    case "boolean":
      return z.boolean();
    case "date":
      return domainDate();
    case "decimal":
      return decimal(Number(precision), Number(scale));
    case "instant":
    case "naive":
      return instant();
    default:
      throw new Error(`no type of a schema is called ${declared}`);
  }
}

/** What a declared column makes of a cell: a naive time is an instant, a midnight a date. */
function declaredCell(cell: Expected, declared: string): Expected {
  if (typeof cell !== "string") return cell;
  if (declared === "date") return cell.split("T")[0]!;
  if (declared !== "naive instant") return cell;
  const [seconds, fraction = ""] = cell.split(".") as [string, string?];
  return ["t", String(BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, "0")))];
}

function linesOf(path: string): unknown[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.flatMap((line) => (line === "" ? [] : [JSON.parse(line) as unknown]));
}
