import type { AnyDataset } from "../../dataset/index.js";
import type { Storage } from "../../storage/index.js";
import { type ArrowTable, isArrowTable, rowsOfArrow } from "../../table/index.js";
import { traced, type WriteMessage } from "../../telemetry/index.js";
import { type WriteOptions, type WriteResult, writeRows } from "./write.js";
import { writeStream } from "./write-stream.js";

/**
 * Rows to write: a list, what gives them one by one, or an Arrow table.
 *
 * @category Bronze
 */
export type RowsToWrite<Row> = readonly Row[] | AsyncIterable<Row> | ArrowTable;

/** Writes rows in whatever form they come. */
export function writeAnyRows(
  storage: Storage,
  dataset: AnyDataset,
  rows: RowsToWrite<unknown>,
  options: WriteOptions,
  nowNs: bigint,
): Promise<WriteResult> {
  return traced(
    "bronzestore:write",
    () => ({ verb: "write", dataset: dataset.name, runId: options?.run?.id }),
    () => inOwnForm(storage, dataset, rows, options, nowNs),
    toldOfWrite,
  );
}

/** What telemetry tells of a write. */
export function toldOfWrite({
  rows,
  partitions,
  latest,
}: Pick<WriteResult, "rows" | "partitions" | "latest">): NonNullable<WriteMessage["result"]> {
  const written = partitions.filter(({ status }) => status === "written");
  const bytes = written.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return {
    rows,
    written: written.length,
    unchanged: partitions.length - written.length,
    bytes,
    latest: latest.length,
  };
}

async function inOwnForm(
  storage: Storage,
  dataset: AnyDataset,
  rows: RowsToWrite<unknown>,
  options: WriteOptions,
  nowNs: bigint,
): Promise<WriteResult> {
  if (isArrowTable(rows)) {
    const { naiveIsUtc } = dataset.timestamps;
    const own = rowsOfArrow(rows, { columns: dataset.columns, naiveIsUtc, table: `for "${dataset.name}"` });
    return writeRows(storage, dataset, own, options, nowNs);
  }
  if (isAsyncIterable(rows)) return writeStream(storage, dataset, rows, options, nowNs);
  return writeRows(storage, dataset, rows as readonly unknown[], options, nowNs);
}

/** Whether rows come one by one. */
export function isAsyncIterable<Row>(rows: unknown): rows is AsyncIterable<Row> {
  return (
    typeof rows === "object" && rows !== null && typeof Reflect.get(rows, Symbol.asyncIterator) === "function"
  );
}
