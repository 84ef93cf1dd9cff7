import { type AnyDataset, datingColumn, daysOfCells } from "../../dataset/index.js";
import { type Cell, cellReader, exactText, take } from "../../table/index.js";
import type { DeclaredSnapshot, Part } from "../../travel/index.js";
import type { DayFile } from "./day-file.js";
import { noDates } from "./question.js";
import { isOneDay } from "./unit-folders.js";

/**
 * The part of a file that belongs to some dates, by its rows' own. A file of one day is taken whole; one of several is a
 * part with fewer rows, which as a snapshot still covers all that the file does.
 *
 * @throws BronzeError `UNKNOWN_LOOKUP` for rows of which the lookup knows no date, `INVALID_DATE`
 */
export function partOfDates(
  dataset: AnyDataset,
  file: DayFile,
  part: Part,
  dates: ReadonlySet<string>,
): Part {
  if (isOneDay(file.days)) return part;
  const own = datesOfPart(dataset, file, part);
  const rows: number[] = [];
  for (const [row, date] of own.entries()) {
    // Only `misfiled: "read"` lets a row without a date come so far: it is of every day of its file.
    if (date === null || dates.has(date)) rows.push(row);
  }
  if (rows.length === part.rows) return part;
  const rowNumbers = Uint32Array.from(rows);
  const only = new Uint8Array(rows.length);
  return {
    path: part.path,
    sizeBytes: part.sizeBytes,
    rows: rows.length,
    rowNumbers,
    state: part.state,
    ...(part.heldIn && { heldIn: part.heldIn }),
    snapshot: dataset.partitionIs === "snapshot" ? stateOf(dataset, part) : part.snapshot,
    column(name) {
      const column = part.column(name);
      return column && take(column.type, [column], only, rowNumbers);
    },
  };
}

/**
 * The date of each row of a file, null where it has none.
 * @throws BronzeError `UNKNOWN_LOOKUP`, `INVALID_DATE`, `INVALID_ARGUMENT` where the rows of the dataset have no dates
 */
export function datesOfPart(dataset: AnyDataset, file: DayFile, part: Part): (string | null)[] {
  const name = datingColumn(dataset);
  if (name === undefined) throw noDates(dataset.name);
  const column = part.column(name);
  if (!column) return new Array(part.rows).fill(null);
  const cell = cellReader(column, dataset.columns.get(name)?.integers);
  return daysOfCells(
    dataset,
    Array.from({ length: part.rows }, (_, row) => cell(row)),
    {
      so: `rows of ${file.path}, which holds several days, may or may not be of the days asked for`,
      file: file.path,
    },
  );
}

/** What a whole file says as a snapshot: its time, its capture, and all that it covers. */
function stateOf({ scope, snapshotTime, timestamps, columns }: AnyDataset, part: Part): DeclaredSnapshot {
  const captures = cellsOf(part, timestamps.ingested);
  const times = snapshotTime === undefined ? [] : cellsOf(part, snapshotTime);
  const ingestedNs = part.snapshot?.ingestedNs ?? latest(captures);
  const covers = new Map((part.snapshot?.covers ?? []).map((cells) => [exactText([...cells]), cells]));
  if (scope.length > 0) {
    const readers = scope.map((name) => {
      const column = part.column(name);
      return column ? cellReader(column, columns.get(name)?.integers) : () => null;
    });
    for (let row = 0; row < part.rows; row++) {
      const cells = readers.map((read) => read(row));
      covers.set(exactText(cells), cells);
    }
  }
  return {
    timeNs: part.snapshot?.timeNs ?? latest(times),
    ingestedNs,
    covers: [...covers.values()],
    captureUnknown: captures.length < part.rows || captures.includes(null),
  };
}

function cellsOf(part: Part, name: string): Cell[] {
  const column = part.column(name);
  if (!column) return [];
  const cell = cellReader(column);
  return Array.from({ length: part.rows }, (_, row) => cell(row));
}

function latest(cells: readonly Cell[]): bigint | undefined {
  let best: bigint | undefined;
  for (const cell of cells) if (typeof cell === "bigint" && (best === undefined || cell > best)) best = cell;
  return best;
}
