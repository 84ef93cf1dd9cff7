/**
 * 100,000 random instants of one season -> Eastern date: the cached calendar against the Temporal polyfill, in turn,
 * in one process. Run: `npx tsx bench/calendar.ts`
 */
import { performance } from "node:perf_hooks";
import {
  type Calendar,
  calendar,
  formatInstant,
  parseInstant,
  temporal,
  toEpochNs,
} from "../src/time/index.js";

const COUNT = 100_000;
const ROUNDS = 7;
const ZONE = "America/New_York";

const { Instant } = temporal(); // loaded before anything is timed
const instants = randomInstants(toEpochNs("2025-10-01T00:00:00Z"), toEpochNs("2026-07-01T00:00:00Z"));
const texts = instants.map(formatInstant);
const eastern = calendar(ZONE);

const cold: number[] = [];
const warm: number[] = [];
const polyfill: number[] = [];
const parsing: number[] = [];
const polyfillParsing: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  // calendar() remembers zones by name, and Temporal reads names in any case: a new spelling is a cold table.
  cold.push(elapsedMs(() => datesOf(calendar(respelled(ZONE, round)))));
  warm.push(elapsedMs(() => datesOf(eastern)));
  polyfill.push(elapsedMs(() => instants.map((ns) => temporalDate(ns))));
  parsing.push(elapsedMs(() => texts.map((text) => parseInstant(text))));
  polyfillParsing.push(elapsedMs(() => texts.map((text) => Instant.from(text).epochNanoseconds)));
}
if (datesOf(eastern).join() !== instants.map(temporalDate).join()) throw new Error("the two disagree");

report(`${COUNT} instants -> date, ${ZONE}`, [
  ["calendar, cold table", median(cold)],
  ["calendar, warm table", median(warm)],
  ["Temporal polyfill", median(polyfill)],
]);
report(`${COUNT} ISO strings -> nanoseconds`, [
  ["parseInstant", median(parsing)],
  ["Temporal polyfill", median(polyfillParsing)],
]);

function datesOf(zone: Calendar): string[] {
  return instants.map((ns) => zone.date(ns));
}

function temporalDate(ns: bigint): string {
  return new Instant(ns).toZonedDateTimeISO(ZONE).toPlainDate().toString();
}

/** Linear congruential, so that every run times the same instants. */
function randomInstants(from: bigint, to: bigint): bigint[] {
  let state = 42;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return BigInt(state);
  };
  return Array.from({ length: COUNT }, () => from + ((to - from) * ((next() << 32n) + next())) / (1n << 64n));
}

function respelled(zone: string, round: number): string {
  return zone.slice(0, round) + zone.charAt(round).toUpperCase() + zone.slice(round + 1).toLowerCase();
}

function elapsedMs(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function report(title: string, rows: readonly (readonly [string, number])[]): void {
  const slowest = Math.max(...rows.map(([, ms]) => ms));
  console.log(`\n${title} (median of ${ROUNDS})`);
  for (const [name, ms] of rows) {
    console.log(
      `  ${name.padEnd(22)} ${ms.toFixed(1).padStart(8)} ms ${(slowest / ms).toFixed(0).padStart(6)}x`,
    );
  }
}
