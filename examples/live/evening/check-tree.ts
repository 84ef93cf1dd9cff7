import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type AnyDataset, BronzeStore, localDisk, toEpochNs } from "bronzestore";
import type { Live } from "../pipeline/open.js";
import type { Acknowledged } from "./acks.js";
import { type Finding, quoted, type SecondReader } from "./finding.js";

/** No half file anywhere: DuckDB reads every Parquet file to its end, and every JSON file parses. */
export async function checkFiles(duckdb: SecondReader, root: string): Promise<Finding[]> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const files = entries.map((entry) => join(entry.parentPath, entry.name));
  const isData = (file: string) => !/^[._]/.test(basename(file));
  const problems: string[] = [];
  const parquet = files.filter((file) => isData(file) && file.endsWith(".parquet"));
  for (const file of parquet) {
    try {
      await duckdb.rows(`SELECT sum(hash(all_of_it)) FROM read_parquet(${quoted(file)}) all_of_it`);
    } catch (error) {
      problems.push(`${file}: ${(error as Error).message}`);
    }
  }
  const json = files.filter((file) => isData(file) && file.endsWith(".json"));
  for (const file of json) {
    try {
      JSON.parse(readFileSync(file, "utf8"));
    } catch (error) {
      problems.push(`${file}: ${(error as Error).message}`);
    }
  }
  const left = files.filter((file) => file.endsWith(".tmp")).length;
  const found = `${parquet.length} Parquet and ${json.length} JSON files; ${left} hidden ones that kills left`;
  return [{ what: "every file opens and is whole", found, problems }];
}

/**
 * A spread that was once known is there still, and no line is older than what history holds.
 * @param promisedBy runs whose quotes were acknowledged
 */
export async function checkLatest(
  { root, date, datasets }: Live,
  promisedBy: ReadonlySet<string>,
): Promise<Finding[]> {
  const bronze = new BronzeStore({ root, datasets });
  const history = (await bronze.readBronzeDay("odds_raw", date, { prefer: "history" })).rows();
  const views = {
    odds_raw: (await bronze.readBronzeDay("odds_raw", date, { prefer: "latest" })).rows(),
    odds_latest: (await bronze.readBronzeDay("odds_latest", date)).rows(),
  };
  const problems: string[] = [];
  const lineOf = (row: (typeof history)[number]) =>
    [row.game_id, row.book, row.market, row.outcome].join(" ");
  const versions = new Map<string, typeof history>();
  for (const row of history) versions.set(lineOf(row), [...(versions.get(lineOf(row)) ?? []), row]);
  for (const [name, rows] of Object.entries(views)) {
    const standing = new Map(rows.map((row) => [lineOf(row), row]));
    for (const [line, own] of versions) {
      const now = standing.get(line);
      const newest = own.reduce((max, row) => (row.as_of_ts! > max.as_of_ts! ? row : max));
      if (!now || now.as_of_ts! < newest.as_of_ts!) {
        problems.push(`${name} ${now ? "is behind history for" : "lacks"} ${line}`);
        continue;
      }
      const known = own.filter(({ point }) => point !== null);
      const isOneOf = known.some(({ point }) => point === now.point);
      // A write that was killed may have reached history and no view; nobody was promised more.
      const isPromised = known.some(({ run_id }) => promisedBy.has(run_id!));
      if (newest.point !== null ? now.point !== newest.point : isPromised && !isOneOf)
        problems.push(`${name} has ${now.point} for ${line}`);
    }
  }
  const withPoint = [...versions.values()].filter((own) => own.some(({ point }) => point !== null));
  const nulls = withPoint.flat().filter(({ point }) => point === null).length;
  const found = `${withPoint.length} spreads and totals, through ${nulls} quotes without a number`;
  return [{ what: "latest views kept every number once known", found, problems }];
}

/** Whoever comes next gets the lock at once, and nobody died holding it who was not noticed. */
export async function checkLock(root: string): Promise<Finding[]> {
  const what = "the lock is free, and was given back";
  try {
    const lock = await localDisk(root).locks.lock("runs/.lock", { waitMs: 0 });
    await lock.release();
    const problems = lock.left === undefined ? [] : [`its last holder died: ${lock.left}`];
    return [{ what, found: "runs/.lock", problems }];
  } catch (error) {
    return [{ what, found: "runs/.lock", problems: [(error as Error).message] }];
  }
}

/**
 * Every row that a write acknowledged is in bronze, cell for cell and once, captured while the write was at work, as a
 * reader of another make sees it.
 */
export async function checkAcks(
  duckdb: SecondReader,
  { root, datasets }: Pick<Live, "root" | "datasets">,
  promised: readonly Acknowledged[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const dataset of datasets.filter(({ folder }) => folder.startsWith("bronze/"))) {
    const own = promised.filter((ack) => ack.dataset === dataset.name);
    /** When each row of history was captured, epoch microseconds. */
    const kept = new Map<string, bigint[]>();
    for (const { [CAPTURED]: captured, ...row } of await duckdb.rows(historyOf(root, dataset))) {
      const text = textOf(dataset, row);
      kept.set(text, [...(kept.get(text) ?? []), BigInt(captured!)]);
    }
    const problems = own.length === 0 ? ["nothing was acknowledged"] : [];
    let wanted = 0;
    for (const { run_id, began, returned, rows } of own) {
      const [earliest, latest] = [began, returned].map(microseconds) as [bigint, bigint];
      for (const row of rows) {
        wanted++;
        const text = textOf(dataset, asStored(dataset, { ...row, run_id }));
        const captured = kept.get(text)?.[0];
        if (captured === undefined) problems.push(`lost: ${text}`);
        else if (captured < earliest || captured > latest)
          problems.push(`captured at ${captured}, written from ${began} to ${returned}: ${text}`);
      }
    }
    for (const [text, { length }] of kept) if (length > 1) problems.push(`${length} times: ${text}`);
    const beyond = [...kept.values()].reduce((sum, { length }) => sum + length, 0) - wanted;
    findings.push({
      what: `${dataset.name} holds every row acknowledged`,
      found: `${wanted} rows in ${own.length} writes, and ${beyond} of writes killed before they said so`,
      problems,
    });
  }
  return findings;
}

/** Stamped by the store: what an acknowledged row was handed in without. */
const CAPTURED = "ingested_ts";

const microseconds = (text: string) => toEpochNs(text) / 1000n;

/** All rows of all partitions; instants as microseconds since the epoch, which is as fine as DuckDB has them. */
function historyOf(root: string, { name, columns }: AnyDataset): string {
  const cells = [...columns].map(([column, { type }]) =>
    type.kind === "timestamp" ? `epoch_us("${column}") AS "${column}"` : `"${column}"`,
  );
  const files = quoted(join(root, "bronze", name, "season=*/date=*/*/*.parquet"));
  return `SELECT ${cells.join(", ")} FROM read_parquet(${files}, hive_partitioning = false, union_by_name = true)`;
}

/** An acknowledged row in the words of the reader. */
function asStored({ columns }: AnyDataset, row: Readonly<Record<string, string | number | null>>) {
  const cells = [...columns].map(([column, { type }]) => {
    const value = row[column] ?? null;
    const isInstant = type.kind === "timestamp" && value !== null;
    return [column, isInstant ? String(microseconds(String(value))) : value === null ? null : String(value)];
  });
  return Object.fromEntries(cells) as Record<string, string | null>;
}

/** All cells of a row but when it was captured. */
function textOf({ columns }: AnyDataset, row: Readonly<Record<string, string | null>>): string {
  return JSON.stringify(
    [...columns.keys()].map((column) => (column === CAPTURED ? null : (row[column] ?? null))),
  );
}
