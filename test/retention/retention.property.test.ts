import * as fc from "fast-check";
import { expect, it } from "vitest";
import { quote, run } from "../bronze/feeds.js";
import { tries } from "../campaign.js";
import {
  ALL,
  answers,
  freezeGame,
  type GameId,
  OLD,
  proven,
  retentionWorld,
  type World,
  writeRun,
} from "./world.js";

type Step =
  | { readonly kind: "board"; readonly minutes: number }
  | {
      readonly kind: "partial";
      readonly minutes: number;
      readonly book: string;
      readonly asOf: number | null;
    }
  | { readonly kind: "retry"; readonly minutes: number }
  | { readonly kind: "freeze"; readonly game: GameId; readonly snapshot: "lock" | "pretip" }
  | { readonly kind: "prune" | "into-day" | "last-run-of-hour" | "restore" };

const minutes = fc.integer({ min: 21 * 60, max: 29 * 60 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("board" as const), minutes }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("partial" as const),
      minutes,
      book: fc.constantFrom("dk", "fd", "mgm"),
      // Few instants, so that rows tie; null falls back to ingested_ts.
      asOf: fc.option(fc.constantFrom(22 * 60, 23 * 60, 24 * 60)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("retry" as const), minutes }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("freeze" as const),
      game: fc.constantFrom("g1" as const, "g2" as const),
      snapshot: fc.constantFrom("lock" as const, "pretip" as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "prune" as const,
        "into-day" as const,
        "into-day" as const,
        "last-run-of-hour" as const,
        "restore" as const,
      ),
    }),
  },
);

const instant = (at: number, seconds = 0) =>
  new Date(Date.parse("2026-01-15T00:00:00Z") + at * 60_000 + seconds * 1000).toISOString();

it("after any sequence of write, freeze, prune and compact every manifest verifies, and replays as it did before", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
      const world = retentionWorld();
      let lastPlan: string | undefined;
      for (const one of steps) {
        switch (one.kind) {
          case "board":
            await writeRun(world, one.minutes);
            break;
          case "partial":
            await write(world, one);
            break;
          case "retry":
            await write(world, { ...one, book: "dk", asOf: 23 * 60 });
            await write(world, { ...one, book: "dk", asOf: 23 * 60 }, ["fd"]);
            break;
          case "freeze":
            // A late arrival makes it another slate, and nothing is frozen from what was pruned: refused, and also fine.
            await freezeGame(world, one.game, one.snapshot).catch((error) =>
              expect(["SLATE_CONFLICT", "PRUNED"]).toContain(error.code),
            );
            break;
          default:
            lastPlan = (await retain(world, one.kind, lastPlan)) ?? lastPlan;
        }
      }
      expect((await proven(world)).filter((wrong) => wrong.includes("verify"))).toEqual([]);
    }),
    tries({ small: 60, large: 1_200, seed: 101 }),
  );
});

/** Prunes, compacts or restores; what the step promises to keep must be as before. */
async function retain(
  world: World,
  kind: "prune" | "into-day" | "last-run-of-hour" | "restore",
  lastPlan: string | undefined,
): Promise<string | undefined> {
  const [said, proof] = [await answers(world), await proven(world)];
  if (kind === "restore") {
    if (lastPlan !== undefined)
      await world.retention
        .restore(lastPlan)
        .catch((error) => expect(["NOT_FOUND", "RETENTION_REFUSED"]).toContain(error.code));
    return undefined;
  }
  const plan =
    kind === "prune"
      ? await world.retention.planPrune(ALL)
      : await world.retention.planCompact({
          ...OLD,
          ...(kind === "into-day" ? { into: "day" } : { keep: kind, daysWithoutSlate: true }),
        });
  await world.retention.apply(plan);
  // Also where a late arrival makes a replay differ: it differs in the same way.
  expect(await proven(world)).toEqual(proof);
  if (kind === "into-day") expect(await answers(world)).toBe(said);
  return plan.days.length > 0 ? plan.id : undefined;
}

async function write(
  { bronze }: World,
  { minutes, book, asOf }: { minutes: number; book: string; asOf: number | null },
  more: readonly string[] = [],
): Promise<void> {
  const rows = [book, ...more].map((name) =>
    quote("g1", name, minutes, asOf === null ? null : instant(asOf), instant(minutes - (minutes % 60), 2)),
  );
  await bronze.write("odds_raw", rows, run(`p${minutes}`, instant(minutes)));
}
