import { Retention } from "bronzestore";
import fc from "fast-check";
import type { FeedRow, FeedStore } from "../retention/compacted-feeds.js";
import { type FeedWrite, MINUTE, NOON, write, writeTo } from "../retention/feed-writes.js";

type Step = FeedWrite | { readonly kind: "day" | "files" | "prune" };

/** Days that are written to, compacted and pruned, in any order. */
export const keptSteps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: write },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constantFrom("day" as const, "files" as const, "prune" as const) }),
    },
  ),
  { minLength: 1, maxLength: 8 },
);

/** Takes them, one after the other, with instants that are whole microseconds. */
export async function takeSteps(bronze: FeedStore, steps: readonly Step[]): Promise<void> {
  for (const one of steps) {
    if (one.kind === "write") await writeTo([bronze], inMicroseconds(one));
    else await retain(bronze, one.kind);
  }
}

/** Instants a nanosecond apart are a microsecond apart. */
function inMicroseconds(one: FeedWrite): FeedWrite {
  const at = (ns: bigint) => NOON + (ns - NOON) + ((ns - NOON) % MINUTE) * 999n;
  return {
    ...one,
    rows: one.rows.map(
      (row): FeedRow => ({
        ...row,
        report_ts: at(row.report_ts),
        as_of_ts: row.as_of_ts === null ? null : at(row.as_of_ts),
        ingested_ts: at(row.ingested_ts),
      }),
    ),
  };
}

async function retain(bronze: FeedStore, kind: "day" | "files" | "prune"): Promise<void> {
  const retention = new Retention({ bronze, gold: [], clock: () => bronze.now() });
  const options = { datasets: ["feed"] as never, before: "2026-02-15" };
  const plan =
    kind === "prune"
      ? await retention.planPrune({
          ...options,
          hours: true,
          daysWithoutSlate: true,
          firstOfHour: true,
        } as never)
      : await retention.planCompact({ ...options, into: kind });
  await retention.apply(plan);
}
