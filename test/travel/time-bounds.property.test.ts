import fc from "fast-check";
import { expect, test } from "vitest";
import type { TimestampRules } from "../../src/dataset/index.js";
import type { TimestampRange } from "../../src/table/index.js";
import { timeBounds } from "../../src/travel/skip/time-bounds.js";
import { campaign } from "../campaign.js";
import { asOf } from "../oracle.js";

const LATEST = 1_000n;

const time = fc.bigInt({ min: 0n, max: 40n });
const rows = fc.array(
  fc.record({
    key: fc.nat({ max: 3 }),
    as_of_ts: fc.option(time, { freq: 8 }),
    ingested_ts: fc.option(time, { freq: 12 }),
  }),
  { minLength: 1, maxLength: 5 },
);
const policies = fc.record({
  earliestNs: fc.option(time, { nil: undefined }),
  maxLeadNs: fc.option(fc.bigInt({ min: 0n, max: 10n }), { nil: undefined }),
  unreliable: fc.boolean(),
  fallback: fc.constantFrom("row" as const, "never" as const, "dataset" as const),
});

/** The bounds that a footer would state, widened as a footer may. */
function rangeOf(values: readonly (bigint | null)[], slack: bigint): TimestampRange | undefined {
  const known = values.filter((value) => value !== null).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  if (known.length === 0) return undefined;
  return { minNs: known[0]! - slack, maxNs: known.at(-1)! + slack, nullCount: values.length - known.length };
}

test("what bounds of columns prove about effective times, trust and rows ahead holds for every row, by the oracle", () => {
  const { count, seed } = campaign({ small: 5_000, large: 200_000, seed: 12 });
  let proven = 0;
  fc.assert(
    fc.property(rows, policies, fc.bigInt({ min: 0n, max: 2n }), (file, policy, slack) => {
      const rules: TimestampRules = {
        asOf: "as_of_ts",
        ingested: "ingested_ts",
        naiveIsUtc: false,
        ...policy,
      };
      const bounds = timeBounds(rules, (name) =>
        rangeOf(
          file.map((row) => row[name as "as_of_ts" | "ingested_ts"]),
          slack,
        ),
      );
      if (policy.fallback === "dataset") expect(bounds).toBeUndefined();
      if (!bounds) return;
      proven++;
      const { all } = asOf(
        [{ rows: file }],
        {
          key: ["key"],
          asOf: "as_of_ts",
          ingested: "ingested_ts",
          earliest: policy.earliestNs,
          maxLead: policy.maxLeadNs,
          unreliable: policy.unreliable,
          fallback: policy.fallback,
          meaning: "changes",
          scope: [],
        },
        { cutoff: LATEST },
      );
      for (const { row, effective, ingested } of all) {
        const said = row.as_of_ts as bigint | null;
        if (effective !== null) expect(effective >= bounds.minNs && effective <= bounds.maxNs).toBe(true);
        expect(ingested! >= bounds.firstCaptureNs && ingested! <= bounds.lastCaptureNs).toBe(true);
        if (bounds.isTrusted) expect(effective).toBe(said);
        if (bounds.noneAhead)
          expect(said === null || said <= ingested! + (policy.maxLeadNs ?? 0n)).toBe(true);
      }
    }),
    { numRuns: count, seed },
  );
  expect(proven).toBeGreaterThan(count / 20);
});
