import { sha256 } from "../digest.js";
import { BronzeError } from "../errors.js";
import type { Storage } from "../storage/index.js";
import { openParquet, type ParquetFile } from "../table/index.js";
import type { Manifest } from "./manifest.js";

/**
 * Opens a data file that a manifest names, its bytes checked against the manifest.
 * @throws BronzeError `CORRUPT_FILE`, `NOT_FOUND`
 */
export async function readOutput(
  storage: Storage,
  { path, sha256: expected }: Pick<Manifest["output"], "path" | "sha256">,
): Promise<ParquetFile> {
  const bytes = await storage.read(path);
  const actual = sha256(bytes);
  if (actual === expected) return openParquet(bytes, path);
  throw new BronzeError(
    "CORRUPT_FILE",
    `${path} is not what was frozen: its SHA-256 differs from its manifest's. Restore it, or build it again.`,
    { file: path, expected, actual },
  );
}
