import { type AnyDataset, formatPath, isColumnToken, type PathValues, placeOf } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { shown } from "../../shown.js";
import { joinPath } from "../../storage/index.js";
import type { Cell } from "../../table/index.js";
import { formatInstant } from "../../time/index.js";
import type { Unit } from "../read/unit-folders.js";

/** Where rows are written. */
export interface WrittenPlace {
  /** Of the first file of the place: later parts are named after it. */
  readonly path: string;
  /** What the path says, token by token. */
  readonly values: PathValues;
}

/** What the rows and the run say of a path, beside its dates. */
interface PlaceValues {
  readonly hour: string | undefined;
  readonly run: string | undefined;
  readonly columns: PathValues;
}

/**
 * The file of rows of one unit, hour and run: the first template's.
 *
 * @throws BronzeError `READ_ONLY` where the layout does not say which file; `INVALID_ROWS` for a value that no path can say
 */
export function writtenPlace(
  dataset: AnyDataset,
  { dates }: Unit,
  { hour, run, columns }: PlaceValues,
): WrittenPlace {
  const { layout, folder } = dataset;
  const template = layout.history[0] ?? layout.latest!;
  const values = new Map<string, string | null>([...dates, ...columns]);
  if (hour !== undefined) values.set("hour", hour);
  if (run !== undefined) values.set("run", run);
  const below = formatPath(template, values);
  if (below === undefined) throw readOnly(dataset, template.text);
  const place = placeOf(layout, below);
  if (!place || !hasValues(place.values, values)) throw unspeakable(dataset, below, columns);
  return { path: joinPath(folder, below), values: place.values };
}

/** Refuses datasets of which no file is ours to write. @throws BronzeError `READ_ONLY` */
export function assertWritable(dataset: AnyDataset): void {
  const { layout, files, name } = dataset;
  const template = layout.history[0] ?? layout.latest!;
  const isOpen = template.segments.some(
    ({ isDeep, pieces }) => isDeep || pieces.some(({ kind }) => kind === "any"),
  );
  if (isOpen) throw readOnly(dataset, template.text);
  if (files === "append") return;
  throw new BronzeError(
    "READ_ONLY",
    `The files of "${name}" are overwritten by their owner, and only read here; nothing was written.`,
    { dataset: name },
  );
}

function readOnly({ name }: AnyDataset, template: string): BronzeError {
  return new BronzeError(
    "READ_ONLY",
    `Dataset "${name}" can only be read: ${template} does not say in which file rows belong. ` +
      "Make its first template one without *, and keep this one as another; nothing was written.",
    { dataset: name },
  );
}

/** What a row gives the columns of the path. @throws BronzeError `INVALID_ROWS` */
export function columnValues(
  { name, layout, columns }: AnyDataset,
  row: Readonly<Record<string, unknown>>,
  index: number,
): PathValues {
  const template = layout.history[0] ?? layout.latest!;
  const values = new Map<string, string | null>();
  for (const token of template.tokens) {
    if (!isColumnToken(token)) continue;
    const cell = (row[token] ?? null) as Cell;
    const isInstant = columns.get(token)!.type.kind === "timestamp";
    const text = cell === null ? null : isInstant ? formatInstant(cell as bigint) : pathText(cell);
    if (text === undefined) {
      const problem = `is ${shown(cell)}, which no path can say`;
      throw new BronzeError(
        "INVALID_ROWS",
        `Row ${index} for "${name}" has a ${token} that ${problem}; nothing was written.`,
        { dataset: name, problems: [{ row: index, field: token, problem }] },
      );
    }
    values.set(token, text);
  }
  return values;
}

/** A cell as a path says it, to be read back as it was; `undefined` for kinds that no path can say. */
function pathText(cell: Exclude<Cell, null>): string | undefined {
  if (typeof cell === "string") return cell === "" ? undefined : cell;
  if (typeof cell === "boolean") return String(cell);
  if (typeof cell === "number") return Number.isFinite(cell) ? String(cell) : undefined;
  return typeof cell === "bigint" ? String(cell) : undefined;
}

function hasValues(found: PathValues, wanted: PathValues): boolean {
  for (const [token, value] of found) if (wanted.get(token) !== value) return false;
  return true;
}

function unspeakable({ name }: AnyDataset, path: string, columns: PathValues): BronzeError {
  const values = [...columns].map(([token, value]) => `${token} ${shown(value)}`).join(", ");
  return new BronzeError(
    "INVALID_ROWS",
    `Rows for "${name}" with ${values} belong in ${shown(path)}, which would not be read as that again; nothing was written. ` +
      "Give such rows another value, or the layout a template that can say it.",
    {
      dataset: name,
      problems: [...columns].map(([field]) => ({ row: 0, field, problem: "cannot be said by a path" })),
    },
  );
}
