import { zod } from "../../zod/index.js";

/** The forms that members of manifests of every version have. */
export function manifestForms() {
  const z = zod();
  const count = z.int().nonnegative();
  const hex = z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe("SHA-256, hex");
  const utc = z
    .string()
    .regex(/^-?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/)
    .describe("instant, ISO-8601 UTC");
  const path = z.string().describe("relative to the storage's root, parts separated by /");
  const slate = z.record(z.string(), z.union([z.string(), z.int()]));
  /** What a read counted, in every version. */
  const counts = {
    rows_seen: count,
    rows_eligible: count,
    rows_selected: count,
    rows_by_fallback: count.describe("selected by ingested_ts"),
    rows_not_selectable: count.describe("without any usable time"),
    rows_ahead: count.describe("as_of_ts later than ingested_ts"),
    max_as_of_ts: utc.nullable(),
    max_ingested_ts: utc.nullable(),
  };
  /** How a read was asked, in every version. */
  const asked = {
    dataset: z.string(),
    dates: z.array(z.string()).describe("domain dates read"),
    max_age: z.string().nullable().describe("bound on a row's age at the cutoff, in nanoseconds"),
    prefer: z.enum(["history", "latest"]).describe("what was read where a day has both"),
    include_runs: z.boolean(),
  };
  return { z, count, hex, utc, path, slate, counts, asked };
}
