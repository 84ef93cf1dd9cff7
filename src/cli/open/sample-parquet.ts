import { type Cell, type ColumnType, cellReader, type ParquetFile } from "../../table/index.js";
import { parseInstant } from "../../time/index.js";
import { IS_TIME } from "./names.js";
import type { GuessedType, Sample } from "./sample.js";

/** A Parquet file, whose schema says what its columns are. */
export function sampleOfParquet(file: ParquetFile): Sample {
  const columns = new Map<string, GuessedType>();
  let naive = false;
  for (const [name, type] of file.columns) {
    const declared = isInstantText(file, name, type) ? "instant()" : declarationOf(type);
    if (declared) columns.set(name, declared);
    naive ||= type.kind === "timestamp" && !type.utc;
  }
  return { rowCount: file.rowCount, columns, naive, cells: (name) => cellsOf(file, name) };
}

function declarationOf(type: ColumnType): GuessedType | undefined {
  switch (type.kind) {
    case "bool":
      return "z.boolean()";
    case "int":
      if (type.bits === 64) return type.signed ? "z.int64()" : "z.uint64()";
      if (type.bits === 32) return type.signed ? "z.int32()" : "z.uint32()";
      return "z.int()";
    case "float":
      return type.bits === 32 ? "z.float32()" : "z.number()";
    case "text":
      return "z.string()";
    case "date":
      return "domainDate()";
    case "timestamp":
      return "instant()";
    case "decimal":
      return `decimal(${type.precision}, ${type.scale})`;
    // Columns nobody declared are read as they are.
    case "bytes":
    case "time":
    case "list":
    case "nested":
    case "null":
      return undefined;
    default:
      return type satisfies never;
  }
}

/** Whether a text column holds instants with a zone, by its name and its first values. */
function isInstantText(file: ParquetFile, name: string, type: ColumnType): boolean {
  if (type.kind !== "text" || !IS_TIME.test(name)) return false;
  const texts = cellsOf(file, name, 20).filter((cell) => cell !== null);
  try {
    for (const text of texts) parseInstant(text as string);
  } catch {
    return false;
  }
  return texts.length > 0;
}

function cellsOf(file: ParquetFile, name: string, most = Number.POSITIVE_INFINITY): Cell[] {
  const column = file.column(name);
  const cell = cellReader(column, "bigint");
  return Array.from({ length: Math.min(column.length, most) }, (_, row) => cell(row));
}
