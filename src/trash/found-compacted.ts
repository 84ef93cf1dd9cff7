import { type CompactedFile, type PartFacts, readPartFacts } from "../bronze/index.js";
import { sha256 } from "../digest.js";
import { BronzeError } from "../errors.js";
import { joinPath, type Storage } from "../storage/index.js";
import { openParquet } from "../table/index.js";

/** A compacted file that is there. */
export interface FoundCompacted extends CompactedFile {
  /** What its footer says it was made from; none where it says nothing (0.1). */
  readonly parts: readonly FoundPart[];
}

/** A part as a footer names it; files of the first version do not say its content. */
export type FoundPart = CompactedFile & Partial<Pick<PartFacts, "content">>;

/**
 * A compacted file, whole: its name says the digest of its bytes.
 *
 * @param name relative to the day's folder
 * @throws BronzeError `RETENTION_INVALID`, `CORRUPT_FILE`, `NOT_FOUND`, `STORAGE_FAILED`
 */
export async function readCompacted(
  storage: Pick<Storage, "read">,
  folder: string,
  name: string,
): Promise<FoundCompacted> {
  const path = joinPath(folder, name);
  const bytes = await storage.read(path);
  const digest = sha256(bytes);
  if (!path.endsWith(`.compacted-${digest.slice(0, 16)}.parquet`)) {
    throw new BronzeError(
      "RETENTION_INVALID",
      `${path} is not what retention made: its content has the digest ${digest}. Restore it.`,
      { file: path, actual: digest },
    );
  }
  const parquet = openParquet(bytes, path);
  const parts = readPartFacts(parquet)?.parts ?? [];
  return { path: name, sha256: digest, size_bytes: bytes.byteLength, rows: parquet.rowCount, parts };
}

/** A file as a state has it. */
export function asHeld({ path, sha256, size_bytes, rows }: CompactedFile): CompactedFile {
  return { path, sha256, size_bytes, rows };
}

/** Equal for the same content under the same name. */
export function fileId({ path, sha256 }: Pick<CompactedFile, "path" | "sha256">): string {
  return `${sha256} ${path}`;
}

export function byPath<File extends CompactedFile>(files: readonly File[]): File[] {
  return [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
