import type { Storage } from "bronzestore";
import { filesOf, listDays } from "../../src/bronze/index.js";
import type { AnyDataset } from "../../src/dataset/index.js";
import { cellReader, openParquet } from "../../src/table/index.js";
import { parseInstant } from "../../src/time/index.js";
import { asOf, type OracleFile, type OracleQuestion, type OracleRow, type OracleRules } from "../oracle.js";

/** The rules of a feed as the oracle takes them. */
export function oracleRules(dataset: AnyDataset): OracleRules {
  const { key, timestamps, partitionIs, scope, snapshotTime, tombstone } = dataset;
  return {
    key,
    asOf: timestamps.asOf,
    ingested: timestamps.ingested,
    maxLead: timestamps.maxLeadNs,
    fallback: timestamps.fallback,
    meaning: partitionIs,
    scope,
    snapshotTime,
    ...(tombstone && { tombstone: (row: OracleRow) => row.points === 0 }),
  };
}

/** The files of a tree that was never compacted, each read whole by itself, in partition order. */
export async function oracleFiles(
  storage: Storage,
  dataset: AnyDataset,
  date: string,
): Promise<OracleFile[]> {
  const files = filesOf(await listDays(storage, dataset, [date]));
  return Promise.all(
    files.map(async ({ path, values }): Promise<OracleFile> => {
      if (/compacted/.test(path)) throw new Error(`${path} is no file of a tree that was never compacted`);
      const parquet = openParquet(await storage.read(path), path);
      const columns = [...parquet.columns.keys()].map(
        (name) => [name, cellReader(parquet.column(name))] as const,
      );
      const player_id = values.get("player_id");
      const rows = Array.from({ length: parquet.rowCount }, (_, row) => ({
        ...(player_id !== undefined && { player_id }),
        ...Object.fromEntries(
          columns.map(([name, cell]) => [name, name === "points" ? asNumber(cell(row)) : cell(row)]),
        ),
      })) as OracleRow[];
      const said = (key: string) => parquet.keyValues.get(`bronzestore.${key}`);
      const instant = (key: string) => {
        const text = said(key);
        return text === undefined ? undefined : parseInstant(text);
      };
      return {
        rows,
        snapshotTime: instant("snapshot_ts"),
        snapshotIngested: instant("snapshot_ingested_ts"),
        covers: JSON.parse(said("covers") ?? "[]"),
      };
    }),
  );
}

/** What holds by brute force: game, player and points of each key. */
export function held(files: readonly OracleFile[], rules: OracleRules, question: OracleQuestion): unknown[] {
  return asOf(files, rules, question).rows.map(({ game_id, player_id, points }) => [
    game_id,
    player_id,
    points,
  ]);
}

/** Points, as answers have them. */
function asNumber(cell: unknown): unknown {
  return typeof cell === "bigint" ? Number(cell) : cell;
}
