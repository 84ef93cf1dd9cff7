import type * as z from "zod";
import { BronzeError } from "../../errors.js";
import { encodeParquet, openParquet, type ParquetFile, take } from "../../table/index.js";
import { lazySchema, zod } from "../../zod/index.js";

/** Footer key under which a compacted file names its parts: the files it was made from, in the order of its rows. */
export const PARTS_KEY = "bronzestore.parts";

// Made when a compacted file is read, not on import. Members may be added, never removed.
const firstSchema = lazySchema(() => {
  const z = zod();
  return z.object({
    version: z.literal(1),
    parts: z.array(
      z.object({
        ...ofFile(z),
        columns: z.array(z.string()).describe("those it had itself; in the others its rows are null"),
      }),
    ),
  });
});

/** The members of a part's facts; also of what a day records of a part that was pruned. */
export const partFactsSchema = (z = zod()) => {
  const instant = z.string().regex(/^-?\d+$/);
  return z.object({
    ...ofFile(z),
    content: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe("the digest of its rows and of what it declares"),
    snapshot_ts: instant.nullable().describe("epoch nanoseconds"),
    snapshot_ingested_ts: instant.nullable(),
    covers: z.array(z.json()).describe("scope values, as its own footer had them"),
    times: z
      .record(z.string(), z.tuple([instant, instant, z.int().nonnegative()]))
      .describe(
        "bounds of its timestamp columns, where they are known: epoch nanoseconds, and how many are null",
      ),
    rows_ahead: z
      .strictObject({ as_of: z.string(), ingested: z.string(), rows: z.int().nonnegative() })
      .nullable()
      .describe("how many rows have the one column after the other"),
    key_digest: z.string().nullable().describe("its footer's entry bronzestore.keys"),
    keys: z.record(z.string(), z.string()).describe("what else its footer said"),
  });
};

/** Written once where all parts have them alike: in most files they do, and would be a third of the footer. */
const SHARED = [
  "rows",
  "snapshot_ts",
  "snapshot_ingested_ts",
  "covers",
  "rows_ahead",
  "key_digest",
  "keys",
] as const;

type Shared = (typeof SHARED)[number];

const factsSchema = lazySchema(() => {
  const z = zod();
  const facts = partFactsSchema(z);
  const mask = Object.fromEntries(SHARED.map((name) => [name, true])) as Record<Shared, true>;
  const shared = facts.pick(mask).partial();
  return z.object({
    version: z.literal(2),
    all: shared.optional().describe("members that are equal in all parts"),
    parts: z.array(facts.omit(mask).extend(shared.shape)),
  });
});

function ofFile(z: ReturnType<typeof zod>) {
  return {
    path: z.string().describe("where it lay, relative to the unit's folder"),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    size_bytes: z.int().nonnegative(),
    rows: z.int().nonnegative(),
  };
}

/** One part of a compacted file: a range of its rows, and the file they came from. */
export type PartFacts = z.output<ReturnType<typeof partFactsSchema>>;

/** A part of a file of version 1: it does not say what the file it came from declared, nor what its columns were. */
type FirstPartFacts = z.output<typeof firstSchema>["parts"][number];

/** The parts of a compacted file, in the order of its rows. */
type PartList =
  | { readonly version: 1; readonly parts: readonly FirstPartFacts[] }
  | { readonly version: 2; readonly parts: readonly PartFacts[] };

/** A compacted file's list of parts, as one footer entry. */
export function writePartFacts(parts: readonly PartFacts[]): string {
  const alike = SHARED.filter((name) => {
    const first = JSON.stringify(parts[0]?.[name]);
    return parts.every((part) => JSON.stringify(part[name]) === first);
  });
  const shared = new Set<string>(alike);
  const without = (part: PartFacts) =>
    Object.fromEntries(Object.entries(part).filter(([name]) => !shared.has(name)));
  const all = Object.fromEntries(alike.map((name) => [name, parts[0]?.[name]]));
  return JSON.stringify({ version: 2, all, parts: parts.map(without) });
}

/**
 * Parts with what they share; `undefined` where one lacks a member. Each is written out, for the objects that spreading
 * makes take longer than all else of a footer.
 */
function withShared({ all, parts }: z.output<typeof factsSchema>): PartFacts[] | undefined {
  const whole: PartFacts[] = [];
  for (const part of parts) {
    const {
      rows = all?.rows,
      snapshot_ts = all?.snapshot_ts,
      snapshot_ingested_ts = all?.snapshot_ingested_ts,
      covers = all?.covers,
      rows_ahead = all?.rows_ahead,
      key_digest = all?.key_digest,
      keys = all?.keys,
    } = part;
    if (
      rows === undefined ||
      snapshot_ts === undefined ||
      snapshot_ingested_ts === undefined ||
      covers === undefined ||
      rows_ahead === undefined ||
      key_digest === undefined ||
      keys === undefined
    )
      return undefined;
    whole.push({
      path: part.path,
      sha256: part.sha256,
      size_bytes: part.size_bytes,
      rows,
      content: part.content,
      snapshot_ts,
      snapshot_ingested_ts,
      covers,
      times: part.times,
      rows_ahead,
      key_digest,
      keys,
    });
  }
  return whole;
}

/** A file that is opened once is asked for its parts often. */
const known = new WeakMap<ParquetFile["keyValues"], PartList>();

/**
 * The parts that a compacted file names; `undefined` for a file of 0.1, which names none.
 * @throws BronzeError `RETENTION_INVALID` when they cannot be read, or do not add up to the file
 */
export function readPartFacts({
  path,
  rowCount,
  keyValues,
}: Pick<ParquetFile, "path" | "rowCount" | "keyValues">): PartList | undefined {
  const text = keyValues.get(PARTS_KEY);
  if (text === undefined) return undefined;
  const before = known.get(keyValues);
  if (before) return before;
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
  const isFirst = (json as { version?: unknown } | null)?.version === 1;
  const list = isFirst ? firstParts(json, problem) : partsOf(json, problem);
  const rows = list.parts.reduce((sum, part) => sum + part.rows, 0);
  if (rows !== rowCount) throw problem(`have ${rows} rows, the file has ${rowCount}`);
  known.set(keyValues, list);
  return list;
}

type Problem = (what: string) => BronzeError;

function firstParts(json: unknown, problem: Problem): PartList {
  const { data, error } = firstSchema.safeParse(json);
  if (error) throw problem(`cannot be read:\n${zod().prettifyError(error)}`);
  return data;
}

function partsOf(json: unknown, problem: Problem): PartList {
  const { data, error } = factsSchema.safeParse(json);
  if (error) throw problem(`cannot be read:\n${zod().prettifyError(error)}`);
  const parts = withShared(data);
  if (!parts) throw problem(`lack one of ${SHARED.join(", ")}`);
  return { version: 2, parts };
}

/**
 * One part of a file of version 1 as a separate file again: the same rows in the same order, with only its own columns.
 */
export function openFirstPart(
  file: ParquetFile,
  parts: readonly FirstPartFacts[],
  part: FirstPartFacts,
): ParquetFile {
  const first = parts.slice(0, parts.indexOf(part)).reduce((sum, { rows }) => sum + rows, 0);
  const rows = Uint32Array.from({ length: part.rows }, (_, row) => first + row);
  const of = new Uint8Array(part.rows);
  const columns = part.columns.map((name) => {
    const column = file.column(name);
    return { name, column: take(column.type, [column], of, rows) };
  });
  return { ...openParquet(encodeParquet(columns), file.path), sizeBytes: file.sizeBytes };
}
