export { toArrowTable } from "./arrow.js";
export { type ArrowModule, arrowModule } from "./arrow-module.js";
export { type Cell, type CellReader, cellReader, type IntegerCells } from "./cell.js";
export {
  type Column,
  type FixedColumn,
  isNull,
  type NamedColumn,
  nullColumn,
  type TextColumn,
} from "./column.js";
export { type ColumnType, describeType, INSTANT, sameType, type TimeUnit, unitNs } from "./column-type.js";
export { type ColumnOrigin, canConvert, convertColumn } from "./convert-column.js";
export { encodeParquet, problemWithColumnName } from "./encode-parquet.js";
export { columnFromCells, storedCell } from "./from-cells.js";
export { gather } from "./gather.js";
export { recordedKeySet } from "./key-set.js";
export { COMPACTED_NAME } from "./own-file.js";
export { openParquet, type ParquetFile, type TimestampRange } from "./parquet-file.js";
export { type Repeats, repeats } from "./repeats.js";
export { type FileColumns, uniteColumns, uniteTypes } from "./unite.js";
