/**
 * What a file may claim before it counts as damaged. A few bytes can honestly mean many rows (one run of one value), so
 * memory is bounded by the size of the file, not by what its headers say.
 */

/** A larger page counts as a damaged header: writers make pages of about a megabyte. */
export const MAX_PAGE_BYTES = 1 << 28;

const ROWS_ALWAYS_ALLOWED = 1 << 22;
const ROWS_PER_BYTE = 1024;
const ITEMS_PER_BYTE = 64;

/** Most rows a file of this size may have. */
export function maxRows(fileBytes: number): number {
  return Math.min(ROWS_ALWAYS_ALLOWED + fileBytes * ROWS_PER_BYTE, 2 ** 31 - 1);
}

/** Most entries of a column inside lists and structs, each of which becomes a JavaScript value. */
export function maxNestedEntries(fileBytes: number): number {
  return Math.min(ROWS_ALWAYS_ALLOWED + fileBytes * ITEMS_PER_BYTE, 2 ** 31 - 1);
}
