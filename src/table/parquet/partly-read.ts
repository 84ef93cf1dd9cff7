import { guard } from "./file-error.js";
import { type ByteRange, readFooter } from "./footer.js";
import { openedOf } from "./open-parquet.js";
import { type GroupChecksum, groupChecksumsOf, hasIntactFooter, isIntactGroup } from "./own-file.js";
import { fileOf, type ParquetFile } from "./parquet-file.js";
import { type SharedChunks, sharedChunks } from "./shared-chunks.js";

/** A file of this library of which the footer was read, and as many row groups as are needed. */
export interface PartlyRead {
  /** To decode what was not read throws `NotRead`. */
  readonly file: ParquetFile;
  /** The file's size in bytes at full length; what was not read is zeros. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The bytes that some rows need besides what there is; `undefined` where nothing is missing. */
  missing(rows: readonly RowRange[]): ByteRange | undefined;
  /**
   * Takes what was missing of them, and believes a row group by its checksum.
   *
   * @param more the bytes from `at` on
   * @throws BronzeError `CORRUPT_FILE`
   */
  add(rows: readonly RowRange[], at: number, more: Uint8Array): void;
}

/** Some rows of a file, `from` the first, counted from 0. */
export interface RowRange {
  readonly from: number;
  readonly count: number;
}

/** Thrown where values of a row group are asked for that was not read. Readers catch it, and read that group too. */
export class NotRead extends Error {}

/**
 * Where the footer of a file begins, as its last bytes say; 0 where they say nothing that makes sense, so that all is read.
 *
 * @param tail the file's last bytes, eight at least
 */
export function footerStart(tail: Uint8Array<ArrayBuffer>, sizeBytes: number): number {
  if (tail.length < 8) return 0;
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length);
  return Math.max(0, sizeBytes - 8 - view.getUint32(tail.length - 8, true));
}

/**
 * Opens a file by its end; `undefined` where the footer has no checksums of its row groups and of itself that match, so that
 * the file can only be judged as a whole.
 *
 * @param tail its last bytes, the whole footer among them
 */
export function openPartly(
  tail: Uint8Array<ArrayBuffer>,
  sizeBytes: number,
  path: string,
  known: SharedChunks = sharedChunks(),
): PartlyRead | undefined {
  const tailStart = sizeBytes - tail.length;
  const range = { start: footerStart(tail, sizeBytes), end: sizeBytes - 8 };
  // Pages that nothing is written to take no memory.
  const bytes = new Uint8Array(sizeBytes);
  bytes.set(tail, tailStart);
  const isEnded = Buffer.from(tail.buffer, tail.byteOffset).toString("latin1", tail.length - 4) === "PAR1";
  if (!isEnded || hasIntactFooter(bytes, range) !== true) return undefined;
  return guard(path, undefined, () => {
    const footer = readFooter(bytes, range.start, range.end, known.footer);
    const groups = groupChecksumsOf(footer);
    if (!groups) return undefined;
    const isThere = new Uint8Array(groups.length);
    const opened = openedOf(bytes, { footer, isChecked: true }, path, known);
    const file = fileOf(bytes, path, opened, known, (first, end) => {
      for (let group = first; group < end; group++)
        if (!isThere[group]) throw new NotRead(`row group ${group} of ${path} was not read`);
    });
    const firstRows: number[] = [];
    let row = 0;
    for (const { rowCount } of footer.rowGroups) {
      firstRows.push(row);
      row += rowCount;
    }

    /** Numbers of the groups that rows lie in. */
    const groupsOf = (rows: readonly RowRange[]): number[] =>
      groups.flatMap((_, group) => {
        const [first, end] = [firstRows[group]!, firstRows[group + 1] ?? row];
        return rows.some(({ from, count }) => from < end && from + count > first) ? [group] : [];
      });

    return {
      file,
      bytes,
      missing(rows) {
        const needed = groupsOf(rows).filter((group) => !isThere[group]);
        const outside = needed.map((group) => groups[group]!).filter(({ start }) => start < tailStart);
        const [first, last] = [outside[0], outside.at(-1)];
        return first && last && { start: first.start, end: Math.min(last.end, tailStart) };
      },
      add(rows, at, more) {
        bytes.set(more, at);
        guard(path, undefined, () => {
          for (const group of groupsOf(rows)) {
            if (isThere[group]) continue;
            assertIntact(bytes, groups[group]!, group);
            isThere[group] = 1;
          }
        });
      },
    };
  });
}

function assertIntact(bytes: Uint8Array, checksum: GroupChecksum, group: number): void {
  if (isIntactGroup(bytes, checksum)) return;
  throw new Error(`the checksum of its row group ${group} does not match its bytes: they are damaged`);
}
