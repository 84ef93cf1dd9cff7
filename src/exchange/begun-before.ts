import { BronzeError } from "../errors.js";
import { canonicalJson } from "../json/index.js";
import type { InputFile, Storage } from "../storage/index.js";
import type { FileImportedBefore, FileToImport } from "./import-options.js";
import { type ImportRecord, importPath, listImports } from "./import-record.js";

type Beginning = Pick<ImportRecord, "id" | "dataset" | "columns" | "run" | "rows_per_write"> & {
  readonly files: readonly FileToImport[];
};

/**
 * An import that is taken up again is of the same files and options; else its rest would be another.
 * @throws BronzeError `IMPORT_CONFLICT` naming what differs
 */
export function assertSameBeginning(begun: ImportRecord, now: Beginning): void {
  const { files, ...settings } = now;
  const problems: string[] = [];
  for (const name of ["dataset", "columns", "run", "rows_per_write"] as const) {
    const [before, own] = [begun[name], settings[name]].map((value) => canonicalJson(value));
    if (before !== own) problems.push(`${name} was ${before} and is ${own}`);
  }
  const before = new Map(begun.files.map((file) => [file.path, file]));
  const there = new Set(files.map(({ path }) => path));
  for (const { path } of begun.files)
    if (!there.has(path)) problems.push(`${path} is not among the files any more`);
  for (const file of files) {
    const old = before.get(file.path);
    if (!old) problems.push(`${file.path} was not among the files`);
    else if (old.size_bytes !== file.sizeBytes)
      problems.push(`${file.path} had ${old.size_bytes} bytes and has ${file.sizeBytes}`);
    else if (old.sha256 !== file.sha256) problems.push(`${file.path} has other content than it had`);
    else if (old.ingested_at !== file.ingestedAt)
      problems.push(`${file.path} was captured at ${old.ingested_at}, and now at ${file.ingestedAt}`);
  }
  if (problems.length > 0) throw conflict(begun.id, problems);
}

/**
 * The same files must make the same rows: a `parse`, a lookup or the schema may have changed.
 * @throws BronzeError `IMPORT_CONFLICT`
 */
export function assertSameCut(begun: ImportRecord, now: ImportRecord): void {
  if (canonicalJson(begun.writes) === canonicalJson(now.writes)) return;
  const at = now.writes.findIndex(
    (write, i) => canonicalJson(write) !== canonicalJson(begun.writes[i] ?? null),
  );
  const where = now.writes[at]?.folders.join(", ") ?? "one that is not made any more";
  throw conflict(begun.id, [
    `the same files make other rows than they made (the first: write ${(at < 0 ? now.writes.length : at) + 1}, ${where}), ` +
      "because a parse, a lookup or the definition changed",
  ]);
}

type InputWithDigest = InputFile & { readonly sha256: string };

/**
 * Tells new files from those whose content another import of the dataset has brought in. Of one that has not ended its files are
 * not brought in yet, and it has to be taken up again first.
 *
 * @param own the id of the import that asks, where it is given one: its own files are to be made again
 * @throws BronzeError `IMPORT_INVALID`
 */
export async function withoutImported(
  storage: Storage,
  dataset: string,
  files: readonly InputWithDigest[],
  own: string | undefined,
): Promise<{ readonly fresh: readonly InputWithDigest[]; readonly skipped: readonly FileImportedBefore[] }> {
  const importedBy = new Map<string, string>();
  for (const { id, state, ...other } of await listImports(storage)) {
    if (other.dataset !== dataset || state !== "finished" || id === own) continue;
    for (const { sha256 } of other.files) importedBy.set(sha256, id);
  }
  return {
    fresh: files.filter(({ sha256 }) => !importedBy.has(sha256)),
    skipped: files.flatMap(({ path, sha256 }) => {
      const id = importedBy.get(sha256);
      return id === undefined ? [] : [{ path, sha256, importedBy: id }];
    }),
  };
}

/**
 * Files of another import of the dataset would be there twice.
 * @throws BronzeError `IMPORT_CONFLICT` naming file and import
 */
export async function assertTakenByNone(
  storage: Storage,
  dataset: string,
  files: readonly InputWithDigest[],
): Promise<void> {
  for (const other of await listImports(storage)) {
    if (other.dataset !== dataset) continue;
    const contents = new Set(other.files.map(({ sha256 }) => sha256));
    const paths = new Set(other.files.map(({ path }) => path));
    // What was finished may have grown since; what was not may be half of this.
    const file = files.find(
      ({ path, sha256 }) => contents.has(sha256) || (other.state === "begun" && paths.has(path)),
    );
    if (!file) continue;
    const isDone = other.state === "finished";
    throw new BronzeError(
      "IMPORT_CONFLICT",
      `${file.path} ${isDone ? "was imported" : "is of an import that was begun and not finished"}: "${other.id}" of "${dataset}"; ` +
        `nothing was written. ${isDone ? 'Leave it out (onImported: "skip" leaves out all such files)' : `Finish that one with the same files and options and { id: "${other.id}" }`}, ` +
        `or remove ${importPath(other.id)} to give up the guard; what it wrote stays.`,
      { id: other.id, file: file.path, state: other.state },
    );
  }
}

function conflict(id: string, problems: readonly string[]): BronzeError {
  return new BronzeError(
    "IMPORT_CONFLICT",
    `The import "${id}" was begun otherwise, so it cannot be taken up again; nothing was written now:\n` +
      `${problems.map((problem) => `  ${problem}`).join("\n")}\n` +
      `Give the files and options of then; or, for another import, another id (what ${importPath(id)} wrote stays).`,
    { id, problems },
  );
}
