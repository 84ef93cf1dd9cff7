import type * as z from "zod";
import { BronzeError } from "../errors.js";
import { encodeReadBack, parseSealed, type SealedKind, seal } from "../json/index.js";
import { joinPath, type Reading, readIfThere, type Storage } from "../storage/index.js";
import { lazySchema, zod } from "../zod/index.js";

/** Below the root of bronze; its name starts with `_`, so nothing in it is ever data. */
const FOLDER = "bronze/_imports";

const recordSchema = lazySchema(() => {
  const z = zod();
  const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
  const count = z.int().nonnegative();
  return z.strictObject({
    format: z.literal("bronzestore.import"),
    version: z.literal(1),
    id: z.string(),
    dataset: z.string(),
    state: z.enum(["begun", "finished"]),
    columns: z.record(z.string(), z.string()).describe("column of the dataset -> name in the files"),
    run: z.strictObject({ id: z.string(), started_at: z.string() }).nullable(),
    rows_per_write: count,
    files: z.array(
      z.strictObject({
        path: z.string(),
        size_bytes: count,
        sha256,
        rows: count,
        ingested_at: z.string().describe("instant, ISO-8601 UTC"),
      }),
    ),
    writes: z.array(
      z.strictObject({
        rows: count,
        folders: z.array(z.string()),
        sha256: sha256.describe("of the rows, a line of canonical text each"),
      }),
    ),
    digest: sha256,
  });
});

/** What an import is, as it is recorded before its first write. */
export type ImportRecord = Omit<z.output<typeof recordSchema>, "format" | "version" | "digest">;

const KIND: SealedKind<typeof recordSchema> = {
  schema: recordSchema,
  name: "record of an import",
  version: 1,
  codes: { invalid: "IMPORT_INVALID", newer: "IMPORT_INVALID", tampered: "IMPORT_INVALID" },
  advice:
    "Restore it; or remove it, if the import is neither to be taken up again nor its files to be guarded.",
};

/** Where an import is recorded. */
export function importPath(id: string): string {
  return joinPath(FOLDER, `${id}.json`);
}

/** The id of the import of which a path is the record; `undefined` where it is none. */
export function idOfImport(path: string): string | undefined {
  const name = path.startsWith(`${FOLDER}/`) ? path.slice(FOLDER.length + 1) : "";
  return /^([^./][^/]*)\.json$/.exec(name)?.[1];
}

/** @throws BronzeError `IMPORT_INVALID` for a record that is damaged or another's */
export async function readImport(storage: Reading, id: string): Promise<ImportRecord | undefined> {
  const bytes = await readIfThere(storage, importPath(id));
  return bytes && parseImport(bytes, importPath(id), id);
}

/** All imports that were ever begun. @throws BronzeError `IMPORT_INVALID` */
export async function listImports(storage: Storage): Promise<ImportRecord[]> {
  const records: ImportRecord[] = [];
  for (const { name, kind } of await storage.list(FOLDER)) {
    const id = idOfImport(`${FOLDER}/${name}`);
    if (kind !== "file" || id === undefined) continue;
    const record = await readImport(storage, id);
    if (record) records.push(record);
  }
  return records;
}

/** Records an import that begins; `false` where one of this id is recorded already. */
export function publishImport(storage: Storage, record: ImportRecord): Promise<boolean> {
  return storage.publish(importPath(record.id), encodeImport(record));
}

/** Records the same import as finished: whoever does so writes the same bytes. */
export function finishImport(storage: Storage, record: ImportRecord): Promise<void> {
  return storage.replace(importPath(record.id), encodeImport({ ...record, state: "finished" }));
}

function encodeImport(record: ImportRecord): Uint8Array<ArrayBuffer> {
  const sealed = seal({ format: "bronzestore.import", version: 1, ...record });
  return encodeReadBack(sealed, importPath(record.id), (own, at) => parseSealed(own, at, KIND));
}

function parseImport(bytes: Uint8Array, path: string, id: string): ImportRecord {
  const { format: _, version: __, digest: ___, ...record } = parseSealed(bytes, path, KIND);
  if (record.id === id) return record;
  throw new BronzeError(
    "IMPORT_INVALID",
    `${path} is the record of another import, ${record.id}. Restore it.`,
    {
      file: path,
      id: record.id,
    },
  );
}
