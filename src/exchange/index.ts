export { importFiles } from "./import-files.js";
export type {
  ColumnSource,
  FileImportedBefore,
  ImportColumns,
  ImportEvent,
  ImportedFile,
  ImportOptions,
  ImportResult,
  ImportWrite,
} from "./import-options.js";
export { idOfImport, readImport } from "./import-record.js";
