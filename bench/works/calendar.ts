import {
  type Calendar,
  formatInstant,
  parseInstant,
  temporal,
  toEpochNs,
  calendar as zoneOf,
} from "../../src/time/index.js";
import type { Work } from "../support/bench.js";
import { numbers } from "../support/data.js";
import { compared, inTurn, timed } from "../support/measure.js";

const COUNT = 100_000;
const ZONE = "America/New_York";

/** Instants of one season to Eastern dates, and from text: ours against the Temporal polyfill. */
export const calendar: Work = {
  name: "calendar",
  async run(bench) {
    const { Instant } = temporal(); // loaded before anything is timed
    const instants = randomInstants(toEpochNs("2025-10-01T00:00:00Z"), toEpochNs("2026-07-01T00:00:00Z"));
    const texts = instants.map(formatInstant);
    const eastern = zoneOf(ZONE);
    const datesOf = (zone: Calendar) => instants.map((ns) => zone.date(ns));
    const theirDates = (some = instants) =>
      some.map((ns) => new Instant(ns).toZonedDateTimeISO(ZONE).toPlainDate().toString());
    const theirInstants = (some = texts) => some.map((text) => Instant.from(text).epochNanoseconds);
    if (datesOf(eastern).join() !== theirDates().join()) throw new Error("calendar: other dates");
    if (texts.map(parseInstant).join() !== theirInstants().join())
      throw new Error("calendar: other instants");

    const rounds = bench.rounds("short");
    // calendar() remembers zones by name, and Temporal reads names in any case: a new spelling is a cold table.
    let spelling = 0;
    const cold = () => datesOf(zoneOf(respelled(spelling++)));
    const line = { work: "calendar", unit: "ms" as const };
    // The polyfill takes seconds for all of them: it gets a tenth, and ten times its time counts.
    const aTenth = async (work: () => unknown) => (await timed(work)) * 10;
    const rival = "Temporal polyfill";
    return [
      compared(
        { ...line, what: "100,000 instants to Eastern dates, first use" },
        await inTurn(
          rounds,
          0,
          () => timed(cold),
          () => aTenth(() => theirDates(instants.slice(0, COUNT / 10))),
        ),
        rival,
      ),
      compared(
        { ...line, what: "100,000 instants to Eastern dates" },
        await inTurn(
          rounds,
          0,
          () => timed(() => datesOf(eastern)),
          () => aTenth(() => theirDates(instants.slice(0, COUNT / 10))),
        ),
        rival,
      ),
      compared(
        { ...line, what: "100,000 ISO strings to instants" },
        await inTurn(
          rounds,
          0,
          () => timed(() => texts.map((text) => parseInstant(text))),
          () => aTenth(() => theirInstants(texts.slice(0, COUNT / 10))),
        ),
        rival,
      ),
    ];
  },
};

function randomInstants(from: bigint, to: bigint): bigint[] {
  const random = numbers(42);
  return Array.from(
    { length: COUNT },
    () =>
      from +
      BigInt(Math.floor(random() * Number((to - from) / 1_000_000n))) * 1_000_000n +
      BigInt(Math.floor(random() * 1e6)),
  );
}

function respelled(round: number): string {
  return ZONE.slice(0, round) + ZONE.charAt(round).toUpperCase() + ZONE.slice(round + 1).toLowerCase();
}
