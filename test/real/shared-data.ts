import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, test } from "vitest";

/** One line of a CSV file by column name; an empty field is null. */
export type CsvRow = Record<string, string | null>;

/** A file of the shared data, which is third-party: read in place, never copied. */
export function sharedPath(path: string): string {
  return fileURLToPath(new URL(`../../../shared/data/${path}`, import.meta.url));
}

/**
 * A suite on shared files. Where one of them is absent, a single test says so and is reported as skipped: nothing
 * was shown, so nothing may look green.
 */
export function describeShared(title: string, files: readonly string[], suite: () => void): void {
  const absent = files.map(sharedPath).filter((path) => !existsSync(path));
  if (absent.length === 0) {
    describe(title, suite);
    return;
  }
  test(`shared data is absent: ${title}`, ({ skip }) => {
    console.warn(`shared data is absent, "${title}" was not tested; missing: ${absent.join(", ")}`);
    skip(`missing ${absent.join(", ")}`);
  });
}

/** Every Parquet file of the shared data; where the folder is absent, one that is then said to be. */
export function parquetFiles(): string[] {
  const root = sharedPath("");
  if (!existsSync(root)) return ["(any file).parquet"];
  const names = readdirSync(root, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".parquet")).sort();
}

/** Reads a gzipped CSV file whose first line names the columns. */
export function readCsv(path: string): CsvRow[] {
  const text = gunzipSync(readFileSync(sharedPath(path))).toString("utf8");
  const [header, ...lines] = text.split("\n").filter((line) => line !== "");
  const names = fields(header!);
  return lines.map((line) => {
    const values = fields(line);
    const row: CsvRow = {};
    for (let i = 0; i < names.length; i++) row[names[i]!] = values[i] || null;
    return row;
  });
}

/** No field of these files holds a line break. */
function fields(line: string): string[] {
  const text = line.endsWith("\r") ? line.slice(0, -1) : line;
  if (!text.includes('"')) return text.split(",");
  return Array.from(text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g), ([, quoted, plain]) =>
    quoted === undefined ? plain! : quoted.replaceAll('""', '"'),
  );
}

/** A field that is always there. */
export function text(row: CsvRow, name: string): string {
  const value = row[name];
  if (value === null || value === undefined) throw new Error(`the CSV row has no ${name}`);
  return value;
}

/** A number, or null where the field is empty. */
export function numberOrNull(row: CsvRow, name: string): number | null {
  const value = row[name];
  return value === null || value === undefined ? null : Number(value);
}

/** Rows by the text of a column (`""` for null), in the order they first appear. */
export function groupBy<Row>(rows: Iterable<Row>, group: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const own = groups.get(group(row));
    if (own) own.push(row);
    else groups.set(group(row), [row]);
  }
  return groups;
}

/** A row as one line, so that a difference between two long answers prints as a difference of lines. */
export function line(cells: readonly unknown[]): string {
  return JSON.stringify(cells, (_, value) => (typeof value === "bigint" ? `${value}n` : value));
}

/** Order of key cells as the library documents it: null first, text by its UTF-8 bytes. Written again on purpose. */
export function compareKeys(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  for (let i = 0; i < a.length; i++) {
    const [left, right] = [a[i]!, b[i]!];
    if (left === right) continue;
    if (left === null) return -1;
    if (right === null) return 1;
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  }
  return 0;
}

const NEW_YORK_DAY = new Intl.DateTimeFormat("en-CA", { timeZone: "America/New_York", dateStyle: "short" });

/** The calendar day in New York, by the platform and not by the library under test. */
export function newYorkDate(epochNs: bigint): string {
  return NEW_YORK_DAY.format(Number(epochNs / 1_000_000n));
}
