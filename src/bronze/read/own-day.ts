import { type AnyDataset, dayOfTime } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { type Cell, cellReader, type ParquetFile } from "../../table/index.js";
import { formatInstant } from "../../time/index.js";
import type { Frame } from "../../travel/index.js";
import type { DayFile } from "./day-file.js";
import { instantRange } from "./frame-columns.js";
import { isOneDay } from "./unit-folders.js";

/**
 * Whether a file's rows belong to the days of its path, as far as that is known without decoding instants; `undefined`
 * where only the rows can show it. A date from a lookup is not checked: a game may have been moved since.
 */
export function liesInOwnDay(
  dataset: AnyDataset,
  { days }: DayFile,
  parquet: ParquetFile,
): boolean | undefined {
  const name = dayColumn(dataset);
  const found = name === undefined ? undefined : parquet.columns.get(name);
  // A value that only the path has belongs to that path's days.
  if (days === undefined || name === undefined || !found || parquet.rowCount === 0) return true;
  const isWithin = (date: string) => date >= days.from && date <= days.to;
  if (found.kind === "date") {
    // Few bytes: usually it is one date for all rows.
    const cell = cellReader(parquet.column(name));
    for (let row = 0; row < parquet.rowCount; row++) {
      const date = cell(row) as string | null;
      if (date === null ? !isOneDay(days) : !isWithin(date)) return false;
    }
    return true;
  }
  // A date that a file has as midnights is known once it is read as a date.
  if (dataset.columns.get(name)?.type.kind !== "timestamp") return undefined;
  const range = instantRange(parquet, dataset, name);
  if (!range || (range.nullCount > 0 && !isOneDay(days))) return undefined;
  const dayOf = dayOfTime(dataset);
  return [range.minNs, range.maxNs].every((ns) => isWithin(dayOf(ns)!));
}

/**
 * Refuses files with rows that do not belong to the days of their path: if they follow another zone's days, each
 * answer would be about a day with other limits.
 *
 * @param files of the frame's parts, in their order
 * @throws BronzeError `MISFILED_DAY`
 */
export function assertOwnDays(
  dataset: AnyDataset,
  frame: Frame,
  files: readonly { readonly file: DayFile; readonly parquet: ParquetFile }[],
): void {
  const name = dayColumn(dataset);
  if (name === undefined) return;
  const dayOf = dayOfTime(dataset);
  for (const [i, { file, parquet }] of files.entries()) {
    const { days } = file;
    if (days === undefined || liesInOwnDay(dataset, file, parquet) === true) continue;
    const column = frame.parts[i]!.column(name);
    if (!column) continue;
    const cell = cellReader(column);
    for (let row = 0; row < parquet.rowCount; row++) {
      const value = cell(row);
      if (value === null && isOneDay(days)) continue;
      const day = dayOf(value);
      if (day === null || day < days.from || day > days.to)
        throw misfiled(dataset, name, file, row, value, day);
    }
  }
}

function dayColumn({ dateFrom, misfiled }: AnyDataset): string | undefined {
  return typeof dateFrom === "string" && misfiled === "refuse" ? dateFrom : undefined;
}

function misfiled(
  { name, timeZone }: AnyDataset,
  column: string,
  { path, days }: DayFile,
  row: number,
  value: Cell,
  found: string | null,
): BronzeError {
  const shown =
    typeof value === "bigint"
      ? `${formatInstant(value)}, which is ${found} in ${timeZone}`
      : (value ?? "none");
  const expected = isOneDay(days) ? days.from : `${days!.from} to ${days!.to}`;
  return new BronzeError(
    "MISFILED_DAY",
    `${path} lies in the folder of ${expected}, but row ${row} has ${column} ${shown}. ` +
      `Give dataset "${name}" the zone its writer used, or move the rows; misfiled: "read" in its definition takes them as they lie.`,
    { dataset: name, file: path, row, column, expected, found },
  );
}
