import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { type Cell, cellReader, type ParquetFile } from "../../table/index.js";
import { calendar, formatInstant } from "../../time/index.js";
import type { Frame } from "../../travel/index.js";
import type { DayFile } from "./day-files.js";
import { instantRange } from "./frame-columns.js";

/**
 * Whether a file's rows belong to the day of its folder, as far as that is known without decoding instants; `undefined`
 * where only the rows can show it. A date from a lookup is not checked: a game may have been moved since.
 */
export function liesInOwnDay(
  dataset: AnyDataset,
  { date }: DayFile,
  parquet: ParquetFile,
): boolean | undefined {
  const name = dayColumn(dataset);
  const found = name === undefined ? undefined : parquet.columns.get(name);
  // A value that only the path has belongs to that path's day.
  if (name === undefined || !found || parquet.rowCount === 0) return true;
  if (found.kind === "date") {
    // Few bytes: usually it is one date for all rows.
    const cell = cellReader(parquet.column(name));
    for (let row = 0; row < parquet.rowCount; row++) if ((cell(row) ?? date) !== date) return false;
    return true;
  }
  // A date that a file has as midnights is known once it is read as a date.
  if (dataset.columns.get(name)?.type.kind !== "timestamp") return undefined;
  const range = instantRange(parquet, dataset, name);
  if (!range) return undefined;
  const zone = calendar(dataset.timeZone);
  return zone.date(range.minNs) === date && zone.date(range.maxNs) === date;
}

/**
 * Refuses files with rows that do not belong to the day of their folder: if they follow another zone's days, each
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
  const zone = calendar(dataset.timeZone);
  const dayOf = (cell: Cell) => (typeof cell === "bigint" ? zone.date(cell) : cell);
  for (const [i, { file, parquet }] of files.entries()) {
    if (liesInOwnDay(dataset, file, parquet) === true) continue;
    const column = frame.parts[i]!.column(name);
    if (!column) continue;
    const cell = cellReader(column);
    for (let row = 0; row < parquet.rowCount; row++) {
      const value = cell(row);
      if (value !== null && dayOf(value) !== file.date)
        throw misfiled(dataset, name, file, row, value, dayOf(value));
    }
  }
}

function dayColumn({ dateFrom, misfiled }: AnyDataset): string | undefined {
  return typeof dateFrom === "string" && misfiled === "refuse" ? dateFrom : undefined;
}

function misfiled(
  { name, timeZone }: AnyDataset,
  column: string,
  { path, date }: DayFile,
  row: number,
  value: Cell,
  found: Cell,
): BronzeError {
  const shown =
    typeof value === "bigint" ? `${formatInstant(value)}, which is ${found} in ${timeZone}` : value;
  return new BronzeError(
    "MISFILED_DAY",
    `${path} lies in the folder of ${date}, but row ${row} has ${column} ${shown}. ` +
      `Give dataset "${name}" the zone its writer used, or move the rows; misfiled: "read" in its definition takes them as they lie.`,
    { dataset: name, file: path, row, column, expected: date, found },
  );
}
