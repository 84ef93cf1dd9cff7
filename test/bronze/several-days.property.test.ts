import { memoryStorage } from "bronzestore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tries } from "../campaign.js";
import { asOf, type OracleFile, type OracleRow } from "../oracle.js";
import { dayOf, feedIn, type LayoutCase, type PointsRow, RULES, storeIn } from "./layout-feeds.js";

const HOUR = 3_600_000_000_000n;
/** 00:00 of New York on the last evening of January. */
const START = BigInt(Date.parse("2026-01-31T05:00:00Z")) * 1_000_000n;
const DAYS = ["2026-01-31", "2026-02-01", "2026-02-02", "2026-02-03"];
const months: LayoutCase = {
  layout: "year={year}/{month}/points.parquet",
  files: "append",
  paths: ["", ""],
  unit: "month",
  isClosed: true,
};
const OTHERS: Record<string, LayoutCase> = {
  days: { ...months, layout: "date={date}/points.parquet", unit: "day" },
  seasons: { ...months, layout: "season={season}/points.parquet", season: true, unit: "season" },
  "no dates": { ...months, layout: "points.parquet", unit: "all", isClosed: false },
};

/** Rows of four days of two months; times in minutes, so that few are equal, and some are. */
const row = fc
  .record({
    player_id: fc.constantFrom("ada", "bo", "cy", "dee"),
    draft_group_id: fc.constantFrom(7, 8),
    minutes: fc.nat({ max: 4 * 24 * 60 - 1 }),
    age: fc.nat({ max: 300 }),
    points: fc.nat({ max: 99 }),
  })
  .map(({ player_id, draft_group_id, minutes, age, points }): PointsRow => {
    const report_ts = START + BigInt(minutes) * 60_000_000_000n;
    const as_of_ts = report_ts - BigInt(age) * 60_000_000_000n;
    return { site: "dk", draft_group_id, player_id, points, report_ts, as_of_ts, ingested_ts: report_ts };
  });
const write = fc.array(row, { minLength: 1, maxLength: 12 });
const question = fc.record({
  cutoff: fc.nat({ max: 110 }).map((hours) => START + BigInt(hours) * HOUR),
  knownBy: fc.option(
    fc.nat({ max: 110 }).map((hours) => START + BigInt(hours) * HOUR),
    { nil: undefined },
  ),
  dates: fc
    .uniqueArray(fc.constantFrom(...DAYS), { minLength: 1, maxLength: 3 })
    .map((dates) => dates.sort()),
});
const sizes = { few: 12, small: 250, large: 8_000, seed: 21 };

async function written(layout: LayoutCase, writes: readonly (readonly PointsRow[])[], change: object = {}) {
  const bronze = storeIn(feedIn(layout, change), memoryStorage());
  /** What each file holds, in the order of its rows. */
  const files = new Map<string, readonly PointsRow[]>();
  for (const rows of writes) {
    const { partitions } = await bronze.write("points", rows as never);
    for (const { path, status } of partitions) {
      if (status === "unchanged") continue;
      files.set(
        path,
        rows.filter((one) => partitions.length === 1 || isIn(path, one)),
      );
    }
  }
  return { bronze, files };
}

function isIn(path: string, one: PointsRow): boolean {
  const [year, month] = dayOf(one).split("-");
  return path.includes(`year=${year}/${month}/`) || path.includes(`date=${dayOf(one)}/`);
}

const plain = (rows: Iterable<object>) =>
  Array.from(rows, (one) => {
    const { site, draft_group_id, player_id, points, report_ts, as_of_ts, ingested_ts } = one as PointsRow;
    return { site, draft_group_id, player_id, points, report_ts, as_of_ts, ingested_ts };
  });

describe("files of several days", () => {
  it("answer as the same rows in files of a day do, and as the oracle", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(write, { minLength: 1, maxLength: 4 }),
        fc.array(question, { minLength: 1, maxLength: 4 }),
        async (writes, questions) => {
          const monthly = await written(months, writes);
          const others = await Promise.all(Object.values(OTHERS).map((layout) => written(layout, writes)));
          for (const { cutoff, knownBy, dates } of questions) {
            const view = knownBy === undefined ? {} : { knownBy };
            const answer = await monthly.bronze.asOf(cutoff, view).read("points", { dates } as never);
            // Writes one after another: the order of parts is theirs, whatever the layout.
            const files = writes.map(
              (rows): OracleFile => ({ rows: rows.filter((one) => dates.includes(dayOf(one))) as never }),
            );
            const found = asOf(files, RULES, { cutoff, knownBy });
            expect(plain(answer.rows())).toEqual(plain(found.rows));
            const { rowsSeen, rowsEligible } = answer.provenance;
            for (const { bronze } of others) {
              const other = await bronze.asOf(cutoff, view).read("points", { dates } as never);
              expect(plain(other.rows())).toEqual(plain(found.rows));
              expect(other.provenance.rowsEligible).toBe(rowsEligible);
              expect(other.provenance.rowsSeen).toBe(rowsSeen);
            }
          }
        },
      ),
      tries(sizes),
    );
  });

  it("give each day's rows in their order, name each row's place in its file, and tell their dates", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 4 }), async (writes) => {
        const { bronze, files } = await written(months, writes);
        const daily = await written(OTHERS.days!, writes);
        const all = writes.flat();
        const dates = [...new Set(all.map(dayOf))].sort();
        expect(await bronze.dates("points")).toEqual(dates);
        expect(await bronze.dates("points", { from: DAYS[1]! })).toEqual(
          dates.filter((date) => date >= DAYS[1]!),
        );
        const stored = [...files.values()].flat();
        for (const date of DAYS) {
          const day = await bronze.readBronzeDay("points", date);
          expect(plain(day.rows())).toEqual(stored.filter((one) => dayOf(one) === date));
          const rows = plain(day.rows());
          for (const [i, { file, rowInFile }] of day.sources().entries())
            expect(files.get(file)![rowInFile]).toEqual(rows[i]);
          const snapshot = day.asOf(START + 200n * HOUR);
          const held = plain(snapshot.rows());
          for (const [i, { file, rowInFile }] of snapshot.sources().entries())
            expect(files.get(file)![rowInFile]).toEqual(held[i]);
          const labels = ["ada", "bo", "eve"].map((player_id) => ({ player_id, at: START + 200n * HOUR }));
          const joined = day
            .timeline()
            .joinAsOf(labels, { on: ["player_id"], cutoff: "at", columns: ["points", "report_ts"] });
          const matched = joined.rows();
          for (const [i, source] of joined.sources().entries()) {
            const { points = null, report_ts = null } = source
              ? files.get(source.file)![source.rowInFile]!
              : {};
            expect([matched[i]!.points, matched[i]!.report_ts]).toEqual([points, report_ts]);
          }
        }
        const span = { from: DAYS[0]!, to: DAYS[3]! };
        const [own, other] = [
          await bronze.coverage("points", span),
          await daily.bronze.coverage("points", span),
        ];
        const facts = ({ days }: typeof own) =>
          days.map(
            ({
              date,
              source,
              rows,
              firstEffective,
              lastEffective,
              firstCaptured,
              lastCaptured,
              rowsAhead,
            }) => [
              date,
              rows === 0 ? "none" : source,
              rows,
              firstEffective,
              lastEffective,
              firstCaptured,
              lastCaptured,
              rowsAhead,
            ],
          );
        expect(facts(own)).toEqual(facts(other));
        const at = "2026-03-01T00:00:00Z";
        const [fresh] = (await bronze.freshness({ at })).datasets;
        const [daysFresh] = (await daily.bronze.freshness({ at })).datasets;
        expect([fresh!.newest, fresh!.proven]).toEqual([daysFresh!.newest, daysFresh!.proven]);
      }),
      tries({ ...sizes, seed: 22 }),
    );
  });

  it("clear, as snapshots, what they cover, also where they have no row of the day", async () => {
    // One report a write: all its rows are of one time.
    const reports = fc.uniqueArray(
      fc.record({
        minutes: fc.nat({ max: 4 * 24 * 60 - 1 }),
        of: fc.uniqueArray(fc.tuple(fc.constantFrom("ada", "bo", "cy", "dee"), fc.constantFrom(7, 8)), {
          minLength: 1,
          maxLength: 5,
          selector: ([player, group]) => `${player} ${group}`,
        }),
      }),
      { minLength: 1, maxLength: 6, selector: ({ minutes }) => minutes },
    );
    const scopes = fc.constantFrom<readonly string[]>([], ["draft_group_id"]);
    await fc.assert(
      fc.asyncProperty(
        reports,
        scopes,
        fc.array(question, { minLength: 1, maxLength: 4 }),
        async (all, scope, questions) => {
          const writes = all.map(({ minutes, of }) =>
            of.map(([player_id, draft_group_id]): PointsRow => {
              const time = START + BigInt(minutes) * 60_000_000_000n;
              return {
                site: "dk",
                draft_group_id,
                player_id,
                points: minutes,
                report_ts: time,
                as_of_ts: time,
                ingested_ts: time,
              };
            }),
          );
          const change = { partitionIs: "snapshot", snapshotTime: "report_ts", scope };
          const { bronze } = await written(months, writes, change);
          const undated = await written(OTHERS["no dates"]!, writes, change);
          const rules = { ...RULES, meaning: "snapshot" as const, scope, snapshotTime: "report_ts" };
          for (const { cutoff, knownBy, dates } of questions) {
            const view = knownBy === undefined ? {} : { knownBy };
            const monthsAsked = new Set(dates.map((date) => date.slice(0, 7)));
            const files = (isRead: (month: string) => boolean) =>
              writes
                .filter(([first]) => isRead(dayOf(first!).slice(0, 7)))
                .map(
                  (rows): OracleFile => ({
                    rows: rows.filter((one) => dates.includes(dayOf(one))) as unknown as OracleRow[],
                    snapshotTime: rows[0]!.report_ts,
                    snapshotIngested: rows[0]!.ingested_ts,
                    covers: rows.map((one) => scope.map((name) => (one as never as OracleRow)[name]!)),
                  }),
                );
            const answer = await bronze.asOf(cutoff, view).read("points", { dates } as never);
            const ofMonths = asOf(
              files((month) => monthsAsked.has(month)),
              rules,
              { cutoff, knownBy },
            );
            expect(plain(answer.rows())).toEqual(plain(ofMonths.rows));
            const whole = await undated.bronze.asOf(cutoff, view).read("points", { dates } as never);
            expect(plain(whole.rows())).toEqual(
              plain(
                asOf(
                  files(() => true),
                  rules,
                  { cutoff, knownBy },
                ).rows,
              ),
            );
          }
        },
      ),
      tries({ ...sizes, seed: 23 }),
    );
  });
});
