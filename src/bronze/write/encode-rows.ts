import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { saidBy } from "../../shown.js";
import { type ColumnType, columnFromCells, INSTANT, type NamedColumn } from "../../table/index.js";
import type { ValidRow } from "./validate-rows.js";

/**
 * Rows as columns, ready for Parquet: the schema's columns in its order, then the stamps and everything else named in
 * `extras`.
 *
 * @throws BronzeError `INVALID_ROWS` when a value does not fit its column exactly
 */
export function columnsOfRows(
  dataset: AnyDataset,
  rows: readonly ValidRow[],
  extras: ReadonlyMap<string, ColumnType> = stampTypes(dataset, rows),
): NamedColumn[] {
  const columns: NamedColumn[] = [];
  for (const { name, type, nullable } of dataset.columns.values())
    columns.push(columnOf(dataset, rows, name, type, nullable));
  for (const [name, type] of extras) columns.push(columnOf(dataset, rows, name, type, true));
  return columns;
}

/** The stamps that rows have beyond the schema. */
function stampTypes(dataset: AnyDataset, rows: readonly ValidRow[]): Map<string, ColumnType> {
  const types = new Map<string, ColumnType>();
  const { ingested } = dataset.timestamps;
  if (!dataset.columns.has(ingested)) types.set(ingested, INSTANT);
  if (!dataset.columns.has("run_id") && rows.some((row) => row.run_id !== undefined))
    types.set("run_id", { kind: "text" });
  return types;
}

function columnOf(
  dataset: AnyDataset,
  rows: readonly ValidRow[],
  name: string,
  type: ColumnType,
  nullable: boolean,
): NamedColumn {
  try {
    return {
      name,
      nullable,
      column: columnFromCells(
        type,
        rows.map((row) => row[name]),
      ),
    };
  } catch (error) {
    throw new BronzeError(
      "INVALID_ROWS",
      `Column "${name}" of "${dataset.name}" cannot hold a value exactly: ${saidBy(error)}. Nothing was written.`,
      { dataset: dataset.name, column: name },
      { cause: error },
    );
  }
}
