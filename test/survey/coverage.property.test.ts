import { Temporal } from "@js-temporal/polyfill";
import { BronzeStore, type CoverageCounts, type Dataset, formatInstant, memoryStorage } from "bronzestore";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { columnFromCells, encodeParquet, INSTANT } from "../../src/table/index.js";
import { COLUMNS, TIMES } from "../bronze/foreign-history.js";
import { tries } from "../campaign.js";
import { type OracleRow, type OracleRules, semanticTime } from "../oracle.js";
import { foreignFile } from "../table/foreign-file.js";
import { frameOf, randomHistory } from "../travel/random-history.js";

const DATES = ["2026-01-14", "2026-01-15", "2026-01-16"];
const NOON = 1_768_500_000_000_000_000n;
const DAY_BEFORE = NOON - 86_400_000_000_000n;
const ZONE = "America/New_York";

/** A file as this library writes it, with statistics and a checksum. */
function ownFile(rows: readonly OracleRow[]): Uint8Array {
  const column = (name: string, type: Parameters<typeof columnFromCells>[0]) => ({
    name,
    column: columnFromCells(
      type,
      rows.map((row) => (row[name] ?? null) as never),
    ),
  });
  return encodeParquet([
    column("game", { kind: "text" }),
    column("player", { kind: "int", bits: 64, signed: true }),
    column("status", { kind: "text" }),
    ...TIMES.map((name) => column(name, INSTANT)),
    column("run_id", { kind: "text" }),
  ]);
}

interface Placed {
  readonly rows: readonly OracleRow[];
  readonly date: string;
  readonly partition: string;
}

const cell = (row: OracleRow, name: string) => (row[name] ?? null) as bigint | null;

/** What SPEC 4 says of each row of a day, one row at a time. */
function bruteForce(files: readonly Placed[], ofDay: readonly Placed[], rules: OracleRules, lateNs: bigint) {
  const lead = rules.maxLead ?? 0n;
  const usable = (row: OracleRow) => {
    const [asOf, captured] = [semanticTime(row, rules), cell(row, "ingested_ts")];
    if (asOf === null || rules.unreliable) return false;
    if (rules.earliest !== undefined && asOf < rules.earliest) return false;
    return rules.maxLead === undefined || captured === null || asOf <= captured + rules.maxLead;
  };
  const anyUsable = ofDay.some(({ rows }) => rows.some(usable));
  const effective: bigint[] = [];
  const captured: bigint[] = [];
  let [byFallback, notSelectable, ahead, late, unknown, repeated, rowCount] = [0, 0, 0, 0, 0, 0, 0];
  for (const { rows } of files) {
    const keys = new Map<string, number>();
    for (const row of rows) {
      rowCount++;
      const [asOf, capture] = [semanticTime(row, rules), cell(row, "ingested_ts")];
      const falls = rules.fallback === "row" || (rules.fallback === "dataset" && !anyUsable);
      const time = usable(row) ? asOf : falls ? capture : null;
      if (time !== null) effective.push(time);
      if (!usable(row)) time === null ? notSelectable++ : byFallback++;
      if (asOf !== null && capture !== null && asOf > capture + lead) ahead++;
      if (capture === null) unknown++;
      else {
        captured.push(capture);
        if (capture >= lateNs) late++;
      }
      const key = JSON.stringify([row.game, row.player]);
      keys.set(key, (keys.get(key) ?? 0) + 1);
    }
    repeated += [...keys.values()].filter((count) => count > 1).length;
  }
  const bound = (times: bigint[], which: 0 | -1) => {
    const sorted = times.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    return sorted.length === 0 ? null : formatInstant(sorted.at(which)!);
  };
  return {
    files: files.length,
    rows: rowCount,
    firstEffective: bound(effective, 0),
    lastEffective: bound(effective, -1),
    firstCaptured: bound(captured, 0),
    lastCaptured: bound(captured, -1),
    rowsByFallback: byFallback,
    rowsNotSelectable: notSelectable,
    rowsAhead: ahead,
    rowsCapturedLate: late,
    rowsCaptureUnknown: unknown,
    repeatedKeys: repeated,
  };
}

/** Slots and their ends by Temporal alone: from one time of the day to another, each so long after the one before. */
function bruteSlots(date: string, every: number, from: string, to: string): { at: bigint; end: bigint }[] {
  const day = Temporal.PlainDate.from(date);
  const at = (on: Temporal.PlainDate, time: string) =>
    on.toZonedDateTime({ timeZone: ZONE, plainTime: Temporal.PlainTime.from(time) }).epochNanoseconds;
  const last = at(to < from ? day.add({ days: 1 }) : day, to);
  const next = at(day.add({ days: 1 }), from);
  const slots: { at: bigint; end: bigint }[] = [];
  for (let ns = at(day, from); ns <= last && ns < next; ns += BigInt(every) * 60_000_000_000n) {
    const end = ns + BigInt(every) * 60_000_000_000n;
    slots.push({ at: ns, end: end < next ? end : next });
  }
  return slots;
}

const dayEnd = (date: string) =>
  Temporal.PlainDate.from(date).add({ days: 1 }).toZonedDateTime(ZONE).epochNanoseconds;

function counts({ bytes: _, ...rest }: CoverageCounts & { partition?: string }) {
  const { partition: __, ...own } = rest;
  return own;
}

/** Moves some files' rows hours away, so that they fall into other slots, and past the day. */
const shifts = fc.array(fc.constantFrom(0, 0, 0, 1, 6, 10, 30, -20), { minLength: 6, maxLength: 6 });
const tree = fc.record({
  history: randomHistory({ meaning: "changes", scope: [] }),
  isUnreliable: fc.constantFrom(false, false, false, false, true),
  shifts,
  /** Whether rows are hours apart; and whether all speak of the day before, captured each, or with some of which one of the two times is unknown. */
  files: fc.array(
    fc.record({
      isSpread: fc.boolean(),
      kind: fc.constantFrom("any", "plain", "capture unknown", "time unknown"),
    }),
    { minLength: 6, maxLength: 6 },
  ),
  places: fc.array(fc.tuple(fc.constantFrom(...DATES), fc.nat({ max: 2 }), fc.boolean()), {
    minLength: 6,
    maxLength: 6,
  }),
  every: fc.constantFrom(15, 60, 7 * 60, 24 * 60),
  from: fc.constantFrom("00:00", "10:00", "13:00", "22:30"),
  to: fc.constantFrom("01:00", "13:00", "14:00", "23:59", "10:00"),
  minRows: fc.integer({ min: 1, max: 4 }),
  grace: fc.constantFrom(0, 1, 15),
  now: fc.constantFrom(dayEnd("2026-01-14"), dayEnd("2026-01-15"), dayEnd("2026-02-01")),
});

describe("coverage", () => {
  let footersAlone = 0;
  let decoded = 0;
  test("counts what one look at each row counts, in random trees of files of ours and of others", async () => {
    await fc.assert(
      fc.asyncProperty(
        tree,
        async ({ history, isUnreliable, shifts, files, places, every, from, to, minRows, grace, now }) => {
          const rules = { ...history.rules, unreliable: isUnreliable && history.rules.asOf !== null };
          const storage = memoryStorage();
          const placed: Placed[] = [];
          for (const [i, { rows: given }] of history.files.entries()) {
            const [date, run, isOwn] = places[i]!;
            const { isSpread, kind } = files[i]!;
            const rows = given.map((row, at) => {
              const shift = BigInt(shifts[isSpread ? (i + at) % shifts.length : i]!) * 3_600_000_000_000n;
              const captured = moved(
                cell(row, "ingested_ts") ?? (kind === "plain" || kind === "time unknown" ? NOON : null),
                shift,
              );
              const asOf = cell(row, "as_of_ts");
              return {
                ...row,
                ingested_ts: captured,
                as_of_ts:
                  kind === "time unknown" && at % 2 === 1
                    ? null
                    : kind !== "any"
                      ? DAY_BEFORE - BigInt(at)
                      : asOf === 0n
                        ? 0n
                        : moved(asOf, shift),
              };
            });
            const partition = `run_ts=20260115T00000${run}Z`;
            placed.push({ rows, date, partition });
            const path = `bronze/random_raw/season=2025/date=${date}/${partition}/data.part-00000${i}.parquet`;
            await storage.publish(path, isOwn ? ownFile(rows) : foreignFile(COLUMNS, [rows]));
          }
          const { dataset } = frameOf(rules, []);
          const expecting = {
            ...dataset,
            expect: {
              everyNs: BigInt(every) * 60_000_000_000n,
              fromSeconds: secondsOf(from),
              toSeconds: secondsOf(to),
              minRows,
              graceNs: BigInt(grace) * 60_000_000_000n,
            },
          } as Dataset;
          const bronze = new BronzeStore({ storage, datasets: [expecting], clock: () => now });
          const coverage = await bronze.coverage("random_raw", { dates: DATES, repeatedKeys: true });

          for (const day of coverage.days) {
            const slots = bruteSlots(day.date, every, from, to);
            const lastEnd = slots.at(-1)?.end ?? 0n;
            const lateNs = lastEnd > dayEnd(day.date) ? lastEnd : dayEnd(day.date);
            const ofDay = placed.filter(({ date }) => date === day.date);
            const {
              date: _,
              source: __,
              lateAfter,
              partitions,
              slots: found,
              pruned: ___,
              unreadable,
              ignored,
              ...own
            } = day;
            expect({ unreadable, ignored, lateAfter }).toEqual({
              unreadable: [],
              ignored: [],
              lateAfter: formatInstant(lateNs),
            });
            expect(counts(own)).toEqual(bruteForce(ofDay, ofDay, rules, lateNs));
            const names = [...new Set(ofDay.map(({ partition }) => partition))].sort();
            expect(partitions.map(({ partition }) => partition)).toEqual(names);
            for (const one of partitions) {
              const files = ofDay.filter(({ partition }) => partition === one.partition);
              expect(counts(one)).toEqual(bruteForce(files, ofDay, rules, lateNs));
            }
            expect(found).toEqual(compare(day.date, slots, placed, { minRows, grace, now }));
          }
          footersAlone += coverage.filesRead - coverage.filesDecoded;
          decoded += coverage.filesDecoded;
        },
      ),
      tries({ small: 400, large: 20_000, seed: 13, few: 80 }),
    );
    // Both ways were gone.
    expect(Math.min(footersAlone, decoded)).toBeGreaterThan(0);
  });
});

function moved(ns: bigint | null, by: bigint): bigint | null {
  return ns === null ? null : ns + by;
}

function secondsOf(time: string): number {
  const [hours, minutes] = time.split(":").map(Number);
  return hours! * 3600 + minutes! * 60;
}

/** The rows' own time dates them here: they may lie in the folder of the day, the one before, or any up to the last slot's. */
function compare(
  date: string,
  slots: readonly { at: bigint; end: bigint }[],
  placed: readonly Placed[],
  { minRows, grace, now }: { minRows: number; grace: number; now: bigint },
) {
  const before = Temporal.PlainDate.from(date).subtract({ days: 1 }).toString();
  const last = new Temporal.ZonedDateTime((slots.at(-1)?.end ?? 1n) - 1n, ZONE).toPlainDate().toString();
  const captures = placed
    .filter((file) => slots.length > 0 && file.date >= before && file.date <= last)
    .flatMap(({ rows }) => rows.map((row) => cell(row, "ingested_ts")))
    .filter((ns) => ns !== null);
  const found = { expected: slots.length, due: [], met: 0, pending: 0, missing: [], thin: [], late: [] } as {
    expected: number;
    due: { at: string; rows: number }[];
    met: number;
    pending: number;
    missing: string[];
    thin: { at: string; rows: number }[];
    late: { at: string; firstCaptured: string }[];
  };
  for (const { at, end } of slots) {
    const inside = captures.filter((ns) => ns >= at && ns < end).sort((a, b) => (a < b ? -1 : 1));
    found.due.push({ at: formatInstant(at), rows: inside.length });
    const isLate = inside.length > 0 && inside[0]! > at + BigInt(grace) * 60_000_000_000n;
    if (isLate) found.late.push({ at: formatInstant(at), firstCaptured: formatInstant(inside[0]!) });
    if (inside.length >= minRows) found.met += isLate ? 0 : 1;
    else if (now < end) found.pending++;
    else if (inside.length === 0) found.missing.push(formatInstant(at));
    else found.thin.push({ at: formatInstant(at), rows: inside.length });
  }
  return found;
}
