import type * as z from "zod";
import { BronzeError } from "../../errors.js";
import { encodeParquet, openParquet, type ParquetFile, take } from "../../table/index.js";
import { zod } from "../../zod/index.js";

/** Footer key under which a compacted file names its parts: the files it was made from, in the order of its rows. */
export const PARTS_KEY = "bronzestore.parts";

// Made when a compacted file is read, not on import. Members may be added, never removed.
const factsSchema = () => {
  const z = zod();
  return z.object({
    version: z.literal(1),
    parts: z.array(
      z.object({
        path: z.string().describe("where it lay, relative to the date= folder"),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        size_bytes: z.int().nonnegative(),
        rows: z.int().nonnegative(),
        columns: z.array(z.string()).describe("those it had itself; in the others its rows are null"),
      }),
    ),
  });
};

/** One part of a compacted file: a range of its rows, and the file they came from. */
export type PartFacts = z.output<ReturnType<typeof factsSchema>>["parts"][number];

/** A compacted file's list of parts, as one footer entry. */
export function writePartFacts(parts: readonly PartFacts[]): string {
  return JSON.stringify({ version: 1, parts });
}

/**
 * The parts that a compacted file names; `undefined` for a file of 0.1, which names none.
 * @throws BronzeError `RETENTION_INVALID` when they do not add up to the file
 */
export function readPartFacts({ path, rowCount, keyValues }: ParquetFile): readonly PartFacts[] | undefined {
  const text = keyValues.get(PARTS_KEY);
  if (text === undefined) return undefined;
  const problem = (what: string) =>
    new BronzeError("RETENTION_INVALID", `The parts that ${path} names ${what}. Restore the file.`, {
      file: path,
    });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw problem(`are not JSON: ${(cause as Error).message}`);
  }
  const parsed = factsSchema().safeParse(json);
  if (!parsed.success) throw problem(`cannot be read:\n${zod().prettifyError(parsed.error)}`);
  const { parts } = parsed.data;
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  if (rows !== rowCount) throw problem(`have ${rows} rows, the file has ${rowCount}`);
  return parts;
}

/**
 * One part of a compacted file as a separate file again: the same rows in the same order, with only its own columns.
 */
export function openPart(file: ParquetFile, parts: readonly PartFacts[], part: PartFacts): ParquetFile {
  const first = parts.slice(0, parts.indexOf(part)).reduce((sum, { rows }) => sum + rows, 0);
  const rows = Uint32Array.from({ length: part.rows }, (_, row) => first + row);
  const of = new Uint8Array(part.rows);
  const columns = part.columns.map((name) => {
    const column = file.column(name);
    return { name, column: take(column.type, [column], of, rows) };
  });
  return { ...openParquet(encodeParquet(columns), file.path), sizeBytes: file.sizeBytes };
}
