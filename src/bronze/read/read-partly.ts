import type { Reading } from "../../storage/index.js";
import {
  footerStart,
  openParquet,
  openPartly,
  type ParquetFile,
  type PartlyRead,
  type RowRange,
  type SharedChunks,
} from "../../table/index.js";

/**
 * How much of the end of a file is read at first. A smaller file comes whole with it. At 25 ms a
 * request and 100 MB a second these bytes take as long as three more requests would, so little is gained by asking for less; and
 * they hold the footer of some 10,000 parts (450 bytes each, and 1 KB for a row group). A larger footer takes one request more.
 */
const TAIL_BYTES = 8 * 1024 * 1024;

/** A file, and as much of its bytes as was read, each at its place. */
interface ReadFile {
  readonly parquet: ParquetFile;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Reads a compacted file: a large one by ranges, of one version. The end comes first, with the footer; then what lies between
 * the first and the last row group that is needed, in one request. A file that does not say what a range of it is checked by is
 * read whole.
 *
 * @param neededRows of a file of which only the footer was read: the rows to decode; none where it can only be read whole
 * @throws BronzeError `NOT_FOUND` where it went away or changed meanwhile; `CORRUPT_FILE`; as the storage
 */
export async function readPartly(
  storage: Required<Pick<Reading, "openVersion">>,
  path: string,
  known: SharedChunks,
  neededRows: (parquet: ParquetFile) => readonly RowRange[] | undefined,
): Promise<ReadFile> {
  const opened = await storage.openVersion(path, TAIL_BYTES);
  try {
    const { sizeBytes } = opened;
    let { tail } = opened;
    /** The tail from an earlier byte on. */
    const extended = async (start: number) => {
      const tailStart = sizeBytes - tail.length;
      if (start < tailStart) tail = joined(await opened.read(start, tailStart), tail);
      return tail;
    };
    const whole = async (): Promise<ReadFile> => {
      const bytes = await extended(0);
      return { bytes, parquet: openParquet(bytes, path, known) };
    };
    if (tail.length === sizeBytes) return await whole();
    await extended(footerStart(tail, sizeBytes));
    const partly = tail.length < sizeBytes ? openPartly(tail, sizeBytes, path, known) : undefined;
    const rows = partly && neededRows(partly.file);
    if (!partly || !rows) return await whole();
    await load(partly, rows, opened.read);
    return { bytes: partly.bytes, parquet: partly.file };
  } finally {
    opened.close();
  }
}

async function load(
  partly: PartlyRead,
  rows: readonly RowRange[],
  read: (start: number, end: number) => Promise<Uint8Array>,
): Promise<void> {
  const range = partly.missing(rows);
  const { start, end } = range ?? { start: 0, end: 0 };
  partly.add(rows, start, range ? await read(start, end) : new Uint8Array());
}

function joined(first: Uint8Array, then: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(first.length + then.length);
  bytes.set(first);
  bytes.set(then, first.length);
  return bytes;
}
