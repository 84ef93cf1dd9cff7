export { type ArrowModule, arrowModule, toArrowTable } from "./arrow.js";
export { type Cell, type CellReader, cellReader, type IntegerCells } from "./cell.js";
export { cellText, cutText, exactText, keyText } from "./cell-text.js";
export {
  type Column,
  type FixedColumn,
  isNull,
  type NamedColumn,
  nullColumn,
  type TextColumn,
} from "./column.js";
export { type ColumnType, describeType, INSTANT, sameType, type TimeUnit, unitNs } from "./column-type.js";
export { comparatorFor, compareCells } from "./compare-cells.js";
export { canConvert, convertColumn, type ForeignTimes, instantOfText } from "./convert-column.js";
export { csvText } from "./csv-text.js";
export { type MatrixColumn, type RowOfAnswer, type TableSource, Tabular } from "./forms/tabular.js";
export { type ArrowTable, isArrowTable, rowsOfArrow } from "./from-arrow.js";
export { columnFromCells, storedCell } from "./from-cells.js";
export type {
  InstantForm,
  InstantForms,
  InstantsOfJoin,
  KeyGiven,
  RowsOptions,
  RowWith,
} from "./instant-forms.js";
export { instantText } from "./iso-text.js";
export { isInstant, type JsonCell, jsonCell } from "./json-cell.js";
export type { MatrixOf, MatrixOptions } from "./matrix.js";
export {
  contentDigest,
  contentDigests,
  contentSchema,
  type DeclaredContent,
} from "./parquet/content-digest.js";
export { type ColumnToWrite, encodeParquet, problemWithColumnName } from "./parquet/encode-parquet.js";
export { KEY_DIGEST_KEY, recordedKeyDigest } from "./parquet/key-digest.js";
export { openParquet } from "./parquet/open-parquet.js";
export {
  CHECKSUM_KEY,
  COMPACTED_NAME,
  FOOTER_CHECKSUM_KEY,
  GROUP_CHECKSUMS_KEY,
} from "./parquet/own-file.js";
export type { ParquetFile, TimestampRange } from "./parquet/parquet-file.js";
export { footerStart, NotRead, openPartly, type PartlyRead, type RowRange } from "./parquet/partly-read.js";
export { type SharedChunks, sharedChunks } from "./parquet/shared-chunks.js";
export { isWholeMicroseconds, statedWhole } from "./parquet/whole-microseconds.js";
export { take } from "./take.js";
export { textTable } from "./text-width.js";
export { unifyColumns, unifyTypes } from "./unify-schemas.js";
