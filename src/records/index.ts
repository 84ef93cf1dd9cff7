export { firstRecords } from "./first-records.js";
export { formatOf, type ImportFormat, isImportable } from "./import-format.js";
export { type FileRecord, openRecords } from "./open-records.js";
