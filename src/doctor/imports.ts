import { isBronzeError } from "../errors.js";
import { idOfImport, readImport } from "../exchange/index.js";
import { counted } from "../shown.js";
import { mapReads, type Reading } from "../storage/index.js";
import { check, type Examined, type Finding, manual } from "./finding.js";

/** The records of imports: what was begun has an end. */
export async function examineImports(storage: Reading, all: readonly string[]): Promise<Examined> {
  const records = all.flatMap((path) => {
    const id = idOfImport(path);
    return id === undefined ? [] : [{ id, path }];
  });
  const found = await mapReads(storage, records, examineOne);
  return { findings: found.flat(), checks: [check("records of imports", records.length)] };
}

async function examineOne(
  storage: Reading,
  { id, path }: { readonly id: string; readonly path: string },
): Promise<Finding[]> {
  try {
    const record = await readImport(storage, id);
    if (record?.state !== "begun") return [];
    const of = `${counted(record.files.length, "file")} into ${record.dataset}`;
    return [
      manual(
        "unfinished-import",
        path,
        `An import of ${of} was begun and has not ended: some of its ${counted(record.writes.length, "write")} may be missing.`,
        `Unless it is under way, do it again with the same files and options and { id: ${JSON.stringify(id)} }: it makes the rest. ` +
          "Or remove the record, to give up the rest; what was written stays.",
      ),
    ];
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return [
      manual(
        "unreadable-import",
        path,
        error.message,
        "Restore it from a copy; without it the import cannot be taken up again.",
      ),
    ];
  }
}
