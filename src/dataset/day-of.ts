import { BronzeError } from "../errors.js";
import type { Cell } from "../table/index.js";
import { assertDate, calendar } from "../time/index.js";
import type { AnyDataset } from "./dataset.js";
import type { DateLookup } from "./schedule.js";

/** The column whose values say the days of a dataset's rows, itself or through a lookup; `undefined` where none does. */
export function datingColumn({ dateFrom }: AnyDataset): string | undefined {
  return typeof dateFrom === "object" ? dateFrom.column : dateFrom;
}

/** Tells the day of a date, which is itself, and of an instant: its day in the dataset's zone. Null has none. */
export function dayOfTime({ timeZone }: AnyDataset): (cell: Cell) => string | null {
  const zone = calendar(timeZone);
  return (cell) => (typeof cell === "bigint" ? zone.date(cell) : (cell as string | null));
}

/** What it means that a value has no day, for the message. */
export interface UnknownDay {
  /** What does not follow: `rows of "odds_raw" have no day; nothing was written`. */
  readonly so: string;
  /** What else can be done: `or leave those rows out on purpose`. */
  readonly or?: string;
  readonly file?: string;
}

/**
 * The days of rows by their values of the dating column, as stored cells: by `dayOfTime`, or by
 * what the lookup says of them. Null has no day, and no lookup is asked for it.
 *
 * @throws BronzeError `UNKNOWN_LOOKUP` naming every value that the lookup does not know, `INVALID_DATE` where it answers
 * with no date
 */
export function daysOfCells(
  dataset: AnyDataset,
  cells: readonly Cell[],
  unknownDay: UnknownDay,
): (string | null)[] {
  const { dateFrom } = dataset;
  if (typeof dateFrom !== "object") return cells.map(dayOfTime(dataset));
  const known = new Map<Cell, string | undefined>();
  const days = cells.map((cell) => {
    if (cell === null) return null;
    if (!known.has(cell)) known.set(cell, lookedUp(dateFrom, cell));
    return known.get(cell) ?? null;
  });
  const unknown = [...known].flatMap(([cell, day]) => (day === undefined ? [cell] : []));
  if (unknown.length > 0) throw unknownLookup(dataset, dateFrom, unknown, unknownDay);
  return days;
}

function lookedUp(lookup: DateLookup, cell: Cell): string | undefined {
  const day = lookup.dateOf(cell);
  if (day !== undefined) assertDate(day, `date of ${lookup.column} in the ${lookup.source}`);
  return day;
}

/** Values named in a message; the details have all of them. */
const MOST_SHOWN = 20;

function unknownLookup(
  { name }: AnyDataset,
  { column, source }: DateLookup,
  values: readonly Cell[],
  { so, or, file }: UnknownDay,
): BronzeError {
  const more = values.length > MOST_SHOWN ? `, ... (${values.length} in all)` : "";
  return new BronzeError(
    "UNKNOWN_LOOKUP",
    `The ${source} does not know ${column} ${values.slice(0, MOST_SHOWN).map(String).join(", ")}${more}, so ${so}. ` +
      `Add them to the ${source}${or === undefined ? "" : `, ${or}`}.`,
    { dataset: name, column, values, ...(file !== undefined && { file }) },
  );
}
