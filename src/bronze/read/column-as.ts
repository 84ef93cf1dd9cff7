import type { AnyDataset } from "../../dataset/index.js";
import { type Column, type ColumnType, convertColumn, type ParquetFile } from "../../table/index.js";
import { asMeant, assertReadable, declaredTypes, foreignTimes, isDeclared } from "./frame-columns.js";

/** A column of a file in the type that a frame has it in. @throws BronzeError as `convertColumn` */
export function columnAs(
  dataset: AnyDataset,
  parquet: ParquetFile,
  name: string,
  wanted: ColumnType,
): Column {
  const found = parquet.column(name);
  // Undeclared columns are read as they are, naive or not.
  const isOurs = isDeclared(dataset, name);
  const type = isOurs ? asMeant(found.type, wanted, dataset) : found.type;
  const column = type === found.type ? found : ({ ...found, type } as Column);
  // Instants keep their unit: selection compares them exactly in any unit.
  if (wanted.kind === "timestamp" && column.type.kind === "timestamp" && column.type.utc === wanted.utc)
    return column;
  return convertColumn(column, wanted, { path: parquet.path, name }, isOurs ? foreignTimes(dataset) : {});
}

/**
 * A column of one file, whatever it is called there, as a question about the dataset would read it.
 *
 * @param nameInFile of a column that the file has
 * @throws BronzeError `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `UNSUPPORTED_TYPE`, `CORRUPT_FILE`
 */
export function columnAsDeclared(
  dataset: AnyDataset,
  parquet: ParquetFile,
  name: string,
  nameInFile: string,
): Column {
  const wanted = declaredTypes(dataset).get(name);
  if (!wanted) return parquet.column(nameInFile);
  const found = parquet.columns.get(nameInFile);
  const under: ParquetFile = {
    ...parquet,
    columns: new Map(found ? [[name, found]] : []),
    refused: new Map(found ? [] : [[name, parquet.refused.get(nameInFile) ?? ""]]),
    column: () => parquet.column(nameInFile),
  };
  assertReadable(dataset, [under], name, wanted);
  return columnAs(dataset, under, name, wanted);
}
