import type * as z from "zod";
import { contentOfFile } from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import { BronzeError } from "../../errors.js";
import { readIfThere, type Storage } from "../../storage/index.js";
import { type Cell, cellReader, openParquet, type ParquetFile } from "../../table/index.js";
import { fieldsOf } from "../../zod/index.js";
import type { GoldContext } from "../manifest/gold-context.js";
import type { Manifest } from "../manifest/manifest.js";

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

/** The rows a manifest names, in their own types; numbers where the schema says so. @throws BronzeError as `readOutput` */
export async function rowsOfManifest(
  { storage, schema }: Pick<GoldContext<readonly AnyDataset[]>, "storage" | "schema">,
  manifest: Manifest,
): Promise<Record<string, Cell>[]> {
  const file = await readOutput(storage, manifest.output);
  const readers = [...file.columns.keys()].map((name) => {
    const isNumber = schema !== undefined && holdsNumbers(fieldsOf(schema)[name]);
    return [name, cellReader(file.column(name), isNumber ? "number" : "bigint")] as const;
  });
  return Array.from({ length: file.rowCount }, (_, row) =>
    Object.fromEntries(readers.map(([name, cell]) => [name, cell(row)])),
  );
}

function holdsNumbers(field: z.core.$ZodType | undefined): boolean {
  let inner = field;
  while (inner && "innerType" in inner._zod.def)
    inner = (inner._zod.def as { innerType?: z.core.$ZodType }).innerType;
  return inner?._zod.def.type === "number";
}

/**
 * Whether a build gave what was frozen: the same bytes, or the same rows in other bytes, which another version of the
 * encoder may write. A manifest of version 1 does not say the content; its data shows it, while it is whole.
 */
export async function isSameResult(
  storage: Storage,
  manifest: Manifest,
  built: { readonly outputSha256: string; readonly outputContent: string },
): Promise<boolean> {
  const { output } = manifest;
  if (output.sha256 === built.outputSha256) return true;
  if ("content" in output) return output.content === built.outputContent;
  return holdsContent(storage, output, built.outputContent);
}

/** Whether a data file is as its manifest says, and has this content. */
export async function holdsContent(
  storage: Storage,
  { path, sha256: expected }: Pick<Manifest["output"], "path" | "sha256">,
  content: string,
): Promise<boolean> {
  const bytes = await readIfThere(storage, path);
  return bytes !== undefined && sha256(bytes) === expected && contentOfFile(bytes, path) === content;
}
