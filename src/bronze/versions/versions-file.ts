import { BronzeError } from "../../errors.js";
import { type Column, type ColumnType, columnFromCells, encodeParquet, unitNs } from "../../table/index.js";
import type { Frame, Rectangle, VersionsAxes, VersionsTable } from "../../travel/index.js";

const INT64: ColumnType = { kind: "int", bits: 64, signed: true };

const VALID = ["valid_from", "valid_to"] as const;
const KNOWN = ["known_from", "known_to"] as const;
/** When the row counts from, by its own time or its capture; and where it lies. */
const ABOUT_ROW = ["effective_ns", "source_file", "source_row"] as const;

/** The columns that a table has beside those of its rows. */
function ownColumns(axes: VersionsAxes): readonly string[] {
  switch (axes) {
    case "valid":
      return [...VALID, ...ABOUT_ROW];
    case "known":
      return [...KNOWN, ...ABOUT_ROW];
    case "both":
      return [...VALID, ...KNOWN, ...ABOUT_ROW];
    default:
      return axes satisfies never;
  }
}

/** Refuses rows that have a column of a name that the table gives one of its own. @throws BronzeError `INVALID_ARGUMENT` */
export function assertNamesFree({ dataset, asked, columns }: Frame, axes: VersionsAxes): void {
  const names = new Set(asked ?? columns.keys());
  const taken = ownColumns(axes).filter((name) => names.has(name));
  if (taken.length === 0) return;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `Rows of "${dataset.name}" have ${taken.join(", ")}, which a versions table calls a column of its own. Ask for the other columns with columns.`,
    { dataset: dataset.name, columns: taken },
  );
}

/** One file of a table. */
export interface VersionsFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
}

/**
 * Encodes some rectangles. Every instant is a 64-bit integer of nanoseconds, for there are engines that cut timestamps to
 * microseconds, or refuse finer ones.
 *
 * @throws BronzeError `TYPE_CLASH` for an instant beyond 64 bits; `UNSUPPORTED_TYPE` for structs and maps; as decoding
 */
export function encodeVersions(
  { reader }: Pick<VersionsTable, "reader">,
  rectangles: readonly Rectangle[],
  axes: VersionsAxes,
): VersionsFile {
  const rows = Uint32Array.from(rectangles, ({ row }) => row);
  const sources = Array.from(rows, reader.sourceOf);
  const own: Readonly<Record<string, () => Column>> = {
    valid_from: () => instants(rectangles, ({ validFrom }) => validFrom),
    valid_to: () => instants(rectangles, ({ validTo }) => validTo),
    known_from: () => instants(rectangles, ({ knownFrom }) => knownFrom),
    known_to: () => instants(rectangles, ({ knownTo }) => knownTo),
    effective_ns: () => instants(rectangles, ({ effective }) => effective),
    source_file: () =>
      columnFromCells(
        { kind: "text" },
        sources.map(({ file }) => file),
      ),
    source_row: () =>
      columnFromCells(
        INT64,
        sources.map(({ rowInFile }) => BigInt(rowInFile)),
      ),
  };
  const columns = [
    ...reader.names.map((name) => ({ name, column: inNanoseconds(name, reader.column(name, rows)) })),
    ...ownColumns(axes).map((name) => ({ name, column: own[name]!(), nullable: false })),
  ];
  return {
    bytes: encodeParquet(columns),
    columns: columns.map(({ name, column }) => ({ name, type: column.type })),
  };
}

function instants(rectangles: readonly Rectangle[], of: (rectangle: Rectangle) => bigint): Column {
  return {
    storage: "fixed",
    type: INT64,
    length: rectangles.length,
    values: BigInt64Array.from(rectangles, of),
  } as Column;
}

/** A column of instants as integers; any other as it is. @throws BronzeError `TYPE_CLASH` */
function inNanoseconds(name: string, column: Column): Column {
  if (column.storage !== "fixed" || column.type.kind !== "timestamp" || !column.type.utc) return column;
  const scale = unitNs(column.type.unit);
  const { valid, length } = column;
  const values = BigInt64Array.from(column.values as BigInt64Array, (value, row) => {
    if (valid?.[row] === 0) return 0n;
    const ns = value * scale;
    if (BigInt.asIntN(64, ns) === ns) return ns;
    throw new BronzeError(
      "TYPE_CLASH",
      `Column "${name}" holds an instant outside the years 1677 to 2262, which no 64-bit integer of nanoseconds is. Ask for the other columns with columns.`,
      { column: name },
    );
  });
  return { storage: "fixed", type: INT64, length, values, ...(valid && { valid }) } as Column;
}
