import { type AnyDataset, parseRunTs } from "../../dataset/index.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import { shown } from "../../shown.js";
import { type Cell, type Column, type ColumnType, columnFromCells, describeType } from "../../table/index.js";
import { isDate, parseInstant } from "../../time/index.js";
import type { DayFile } from "./day-file.js";

/** Whether some path of the dataset gives this column, so that a file need not have it. */
export function isPathColumn({ layout }: AnyDataset, name: string): boolean {
  const { history, latest } = layout;
  return [...history, ...(latest ? [latest] : [])].some((template) => template.columns.has(name));
}

/** A column that the schema declares and the file has only in its path; `undefined` where the path lacks it too. */
export function pathColumn(
  dataset: AnyDataset,
  file: DayFile,
  rows: number,
  name: string,
  type: ColumnType,
): Column | undefined {
  const cell = dataset.columns.has(name) ? pathCell(file, name, type) : undefined;
  return cell === undefined ? undefined : columnFromCells(type, new Array(rows).fill(cell));
}

/**
 * The value of a column as the path gives it; `undefined` where it does not.
 * @throws BronzeError `TYPE_CLASH`
 */
export function pathCell(
  { path, template, values }: DayFile,
  name: string,
  type: ColumnType,
): Cell | undefined {
  const token = template.columns.get(name);
  const text = token === undefined ? undefined : values.get(token);
  if (text === undefined || text === null) return text;
  const cell = cellOf(text, type);
  if (cell !== undefined) return cell;
  throw new BronzeError(
    "TYPE_CLASH",
    `The path ${path} gives ${name} as ${shown(text)}, which is no ${describeType(type)}. ` +
      "Change the type in the schema, or rename the folder.",
    { file: path, column: name },
  );
}

/** A text of a path in a column's type; `undefined` where it is none of its values. */
function cellOf(text: string, type: ColumnType): Cell | undefined {
  switch (type.kind) {
    case "text":
      return text;
    case "int":
      return /^[+-]?\d+$/.test(text) ? BigInt(text) : undefined;
    case "float":
      return text.trim() !== "" && !Number.isNaN(Number(text)) ? Number(text) : undefined;
    case "bool":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "date":
      return isDate(text) ? text : undefined;
    case "timestamp":
      return instantOf(text);
    case "null":
    case "bytes":
    case "time":
    case "decimal":
    case "list":
    case "nested":
      return undefined;
    default:
      return type satisfies never;
  }
}

function instantOf(text: string): bigint | undefined {
  try {
    return /^\d{8}T\d{6}Z$/.test(text) ? parseRunTs(text) : parseInstant(text);
  } catch (error) {
    if (isBronzeError(error)) return undefined;
    throw error;
  }
}
