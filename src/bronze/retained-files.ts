import type * as z from "zod";
import { BronzeError } from "../errors.js";
import { zod } from "../zod/index.js";

/**
 * The name, in a `date=` folder, of the single truth about what retention has done to that day. It starts with `_`,
 * so no engine takes it for data; replacing it is the commit point of a prune and of a compaction.
 */
export const RETENTION_FILE = "_retention.json";

const VERSION = 1;
// Made when a day has been through retention, not on import: each schema costs time that a read has no use for.
const stateSchema = () => {
  const z = zod();
  const path = z.string().describe("relative to the date= folder");
  return z.strictObject({
    format: z.literal("bronzestore.retention"),
    version: z.literal(VERSION),
    plan: z.string().describe("the plan that was committed last"),
    files: z.array(path).describe("compacted files that are data; any other file so named is an orphan"),
    replaced: z
      .array(z.strictObject({ path: path, sha256: z.string() }))
      .describe("files that are no data any more and are on their way to the trash"),
  });
};

/** What `_retention.json` says of a day. Paths are relative to the day's folder. */
export type RetentionState = Pick<z.output<ReturnType<typeof stateSchema>>, "plan" | "files" | "replaced">;

/** Reads a `_retention.json`. @throws BronzeError `RETENTION_INVALID` */
export function parseRetention(bytes: Uint8Array, at: string): RetentionState {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid(at, `is not JSON: ${(cause as Error).message}`);
  }
  const version = (json as { version?: unknown } | null)?.version;
  if (typeof version === "number" && version > VERSION)
    throw invalid(at, `is of version ${version}, and this library reads up to ${VERSION}`);
  const parsed = stateSchema().safeParse(json);
  if (!parsed.success) throw invalid(at, `does not say what is data:\n${zod().prettifyError(parsed.error)}`);
  return parsed.data;
}

/** The bytes of a `_retention.json`. */
export function encodeRetention({ plan, files, replaced }: RetentionState): Uint8Array<ArrayBuffer> {
  const state = { format: "bronzestore.retention", version: VERSION, plan, files, replaced };
  return new TextEncoder().encode(`${JSON.stringify(state)}\n`);
}

/**
 * Whether the last plan of a day took history away and put nothing in its place. States of version 1 do not say what a
 * plan did; what it left shows it.
 */
export function wasPruned({ plan, files }: RetentionState): boolean {
  return plan !== "" && !plan.startsWith("restored ") && files.length === 0;
}

function invalid(at: string, problem: string): BronzeError {
  return new BronzeError(
    "RETENTION_INVALID",
    `${at} ${problem}. Without it nobody knows which files of the day are data; restore it.`,
    { file: at },
  );
}
