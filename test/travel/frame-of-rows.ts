import type { AnyDataset } from "../../src/dataset/index.js";
import {
  type Cell,
  type Column,
  type ColumnType,
  columnFromCells,
  type TimeUnit,
} from "../../src/table/index.js";
import type { DeclaredSnapshot, Frame, FrameColumn, Part } from "../../src/travel/index.js";

/** One history file as plain rows. A column that no row of it has is missing from the file. */
export interface PlainFile {
  readonly rows: readonly Readonly<Record<string, Cell>>[];
  readonly snapshot?: Partial<DeclaredSnapshot> | undefined;
  /** Unit of the instants; a column that it cannot hold exactly is in nanoseconds. Default: `ns`. */
  readonly unit?: TimeUnit;
  /** Default: `0000.parquet`, `0001.parquet`, ... */
  readonly path?: string;
}

/** A frame in memory, as `loadFrame` makes one from files given in partition order. */
export function frameOfRows(
  dataset: AnyDataset,
  files: readonly PlainFile[],
  { extras = {}, ...rest }: { extras?: Record<string, ColumnType> } & Partial<Frame> = {},
): Frame {
  const columns = new Map<string, FrameColumn>();
  for (const [name, { type, integers }] of dataset.columns) columns.set(name, { type, integers });
  for (const [name, type] of Object.entries(extras)) columns.set(name, { type, integers: "bigint" });
  const parts = files.map(({ rows, snapshot, unit = "ns", path }, i): Part => {
    const read = new Map<string, Column | undefined>();
    return {
      path: path ?? `${String(i).padStart(4, "0")}.parquet`,
      rows: rows.length,
      sizeBytes: rows.length * 100,
      snapshot: snapshot && { timeNs: undefined, ingestedNs: undefined, covers: [], ...snapshot },
      column(name) {
        if (!read.has(name)) read.set(name, columnOf(columns.get(name), rows, name, unit));
        return read.get(name);
      },
    };
  });
  return { dataset, columns, parts, pruned: [], horizonNs: undefined, ...rest };
}

function columnOf(
  declared: FrameColumn | undefined,
  rows: PlainFile["rows"],
  name: string,
  unit: TimeUnit,
): Column | undefined {
  if (!declared || rows.every((row) => row[name] === undefined)) return undefined;
  const cells = rows.map((row) => row[name]);
  if (declared.type.kind !== "timestamp") return columnFromCells(declared.type, cells);
  try {
    return columnFromCells({ ...declared.type, unit }, cells);
  } catch {
    return columnFromCells(declared.type, cells);
  }
}
