import * as z from "zod";
import type { Case } from "./case.js";

const instant = z
  .string()
  .regex(/^-?\d+$/)
  .describe("nanoseconds since 1970 in UTC, in decimal digits");
const duration = z.string().regex(/^\d+$/).describe("nanoseconds, in decimal digits");
const cell = z
  .union([z.string(), z.number(), z.boolean(), z.null()])
  .describe("instants and bigints in decimal digits, dates as YYYY-MM-DD");
const type = z.enum(["text", "int", "bigint", "double", "bool", "date", "instant"]);
const column = z.strictObject({ name: z.string(), type });
const count = z.int().nonnegative();

const dataset = z.strictObject({
  name: z.string(),
  folder: z.string().describe("of the files, below `tree`"),
  layout: z.strictObject({ history: z.array(z.string()), latest: z.string().nullable() }),
  timeZone: z.string(),
  seasonStartsIn: z.int().min(1).max(12).nullable(),
  files: z.literal("append").nullable(),
  state: z.enum(["file", "folder"]).nullable(),
  columns: z.array(column).describe("in the order of answers; every one may be null"),
  key: z.array(z.string()),
  partitionIs: z.enum(["changes", "snapshot"]),
  scope: z.array(z.string()),
  snapshotTime: z.string().nullable(),
  date: z.string().nullable(),
  misfiled: z.literal("read").nullable(),
  hour: z.string().nullable(),
  timestamps: z.strictObject({
    asOf: z.string().nullable(),
    ingested: z.string(),
    earliest: instant.nullable(),
    maxLead: duration.nullable(),
    unreliable: z.boolean(),
    fallback: z.enum(["row", "dataset", "never"]),
    naive: z.literal("utc").nullable(),
  }),
  tombstone: z.record(z.string(), z.array(cell)).nullable(),
  aliases: z.record(z.string(), z.array(z.string())).nullable(),
});

const span = {
  dates: z.array(z.string()).nullable().describe("null: all files, where the layout has no date"),
  lookbackDays: count,
  includeRuns: z.boolean(),
  prefer: z.enum(["history", "latest"]),
  columns: z.array(z.string()).nullable().describe("null: all"),
};
const knownBy = z.union([z.literal("cutoff"), instant]).nullable();
const maxAge = duration.nullable();
const question = z.discriminatedUnion("verb", [
  z.strictObject({ verb: z.literal("asOf"), ...span, cutoff: instant, knownBy, maxAge }),
  z.strictObject({ verb: z.literal("day"), ...span }),
  z.strictObject({
    verb: z.literal("join"),
    ...span,
    on: z.array(z.string()),
    labels: z.array(z.array(cell)).describe("of each the cells of `on`, then its cutoff"),
    knownBy,
    maxAge,
  }),
  z.strictObject({ verb: z.literal("diff"), ...span, from: instant, to: instant, knownBy, maxAge }),
]);

const answer = z.strictObject({
  columns: z.array(column),
  rows: z.array(z.array(cell)),
  counts: z
    .strictObject({
      rowsSeen: count,
      rowsEligible: count,
      rowsEligiblePruned: count,
      rowsSelected: count,
      rowsByFallback: count,
      rowsNotSelectable: count,
      rowsAhead: count,
      rowsCapturedLater: count,
      rowsCaptureUnknown: count,
      keysByLaterEvidence: count,
      asOfUsableByCutoff: z.boolean(),
      emptyBecause: z
        .enum(["no files", "no rows", "nothing known by the cutoff", "nothing held at the cutoff"])
        .nullable(),
      maxAsOfTs: instant.nullable(),
      maxIngestedTs: instant.nullable(),
    })
    .optional()
    .describe("of `asOf`"),
  files: z
    .array(z.tuple([z.string(), count]))
    .optional()
    .describe("of `asOf`: original path below the folder, and rows, by path"),
});

/** A case, member by member. */
export const caseSchema = z.strictObject({
  format: z.literal("bronzestore.conformance"),
  version: z.literal(1),
  name: z.string(),
  traits: z.array(z.string()),
  dataset,
  nanoseconds: z.boolean().describe("whether an instant of the tree is no whole microsecond"),
  pruned: z.array(z.string()).describe("files that retention took away, below the folder"),
  questions: z.array(z.strictObject({ question, answer, mayRefuse: z.literal("PRUNED").nullable() })),
}) satisfies z.ZodType<Case, unknown>;

/** The same as the text of `docs/conformance.schema.json`. */
export function caseSchemaText(): string {
  const schema = { title: "A case of the conformance pack", ...z.toJSONSchema(caseSchema) };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
