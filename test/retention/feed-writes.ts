import { isBronzeError } from "bronzestore";
import * as fc from "fast-check";
import { expect } from "vitest";
import type { FeedRow, FeedStore } from "./compacted-feeds.js";

export const DATE = "2026-01-15";
export const NOON = BigInt(Date.parse("2026-01-15T17:00:00Z")) * 1_000_000n;
export const MINUTE = 60_000_000_000n;
/** Few instants, some a nanosecond apart. */
export const at = fc
  .tuple(fc.integer({ min: 0, max: 12 }), fc.constantFrom(0n, 0n, 1n))
  .map(([step, ns]) => NOON + BigInt(step) * 10n * MINUTE + ns);

const row: fc.Arbitrary<FeedRow> = fc.record({
  game_id: fc.constantFrom("g1", "g2"),
  player_id: fc.constantFrom("ada", "bo"),
  points: fc.option(fc.integer({ min: 0, max: 3 })),
  report_ts: at,
  as_of_ts: fc.option(at),
  ingested_ts: at,
});

/** One write of a feed; a run is ten minutes after the one before. */
export interface FeedWrite {
  readonly kind: "write";
  readonly rows: readonly FeedRow[];
  readonly run: number;
  readonly covers: boolean;
}

export const write: fc.Arbitrary<FeedWrite> = fc.record({
  kind: fc.constant("write" as const),
  rows: fc.array(row, { maxLength: 4 }),
  run: fc.integer({ min: 0, max: 5 }),
  covers: fc.boolean(),
});

/** Writes the same to both stores; what one refuses, so does the other. */
export async function writeTo(stores: readonly FeedStore[], one: FeedWrite): Promise<void> {
  const outcomes: string[] = [];
  for (const store of stores) {
    const dataset = store.dataset("feed");
    const isSnapshot = dataset.partitionIs === "snapshot";
    // One state a write: its rows agree about when it held.
    const report_ts = one.rows[0]?.report_ts ?? NOON;
    const rows = one.rows.map((own) => (isSnapshot ? { ...own, report_ts } : own));
    const startedAt = NOON + BigInt(one.run) * 10n * MINUTE;
    const covers = one.covers && dataset.scope.length > 0 ? { covers: [{ game_id: "g2" }] } : {};
    const snapshot = isSnapshot
      ? { snapshot: { ...(rows.length === 0 && { date: DATE, time: startedAt }), ...covers } }
      : {};
    try {
      await store.write(
        "feed" as never,
        rows as never,
        { run: { id: `r${one.run}`, startedAt }, ...snapshot } as never,
      );
      outcomes.push("written");
    } catch (error) {
      if (!isBronzeError(error)) throw error;
      outcomes.push(error.code);
    }
  }
  expect(new Set(outcomes).size).toBe(1);
}
