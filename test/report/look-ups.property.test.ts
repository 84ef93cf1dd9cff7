import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arrangeColumns, arranged } from "../../src/report/arrange-columns.js";
import { gatherHistory } from "../../src/report/gather-history.js";
import type { Axis, HistoryData } from "../../src/report/page/data.js";
import {
  bandsOf,
  cellAt,
  changesBetween,
  changesOf,
  type History,
  heldAt,
  openHistory,
  outcomeLine,
  outcomesAt,
  rankAt,
} from "../../src/report/page/lookup.js";
import type { Timeline } from "../../src/travel/index.js";
import { tries } from "../campaign.js";
import { frameOf, type RandomHistory, randomHistory, timelineOf } from "../travel/random-history.js";

const AXES = { held: {}, known: { knownBy: "cutoff" } } as const;

/** What a page is given, as it comes out of its file. */
function gathered({ rules, files }: RandomHistory): {
  history: History;
  timeline: Timeline;
} {
  const { dataset } = frameOf(rules, files);
  const timeline = timelineOf({ rules, files });
  const raw = gatherHistory(timeline, timeline, dataset, null);
  const data = arranged(raw, dataset, arrangeColumns(dataset, [raw]));
  return {
    history: openHistory(JSON.parse(JSON.stringify(data)) as HistoryData),
    timeline,
  };
}

const text = (cell: unknown) =>
  typeof cell === "string" ? cell : cell === null ? "∅" : JSON.stringify(cell);

/** The places of the rows that hold, as the library says them. */
function answered(timeline: Timeline, cutoff: bigint, axis: Axis): string[] {
  const snapshot = timeline.at({ epochNanoseconds: cutoff }, AXES[axis]);
  const rows = snapshot.rows();
  return snapshot.sources().map(({ file, rowInFile }, i) => {
    const { game, player } = rows[i]!;
    return `${text(game)} ${text(player)}: ${file} #${rowInFile} ${text(rows[i]!.status)}`;
  });
}

/** The same, looked up. */
function lookedUp(history: History, statusColumn: number, cutoff: bigint, axis: Axis): string[] {
  const rank = rankAt(history, cutoff);
  const { data } = history;
  return history.keys.flatMap((key) => {
    const version = heldAt(key, axis, rank);
    if (version < 0) return [];
    const place = `${data.files[data.file[version]!]} #${data.row[version]}`;
    const status = statusColumn < 0 ? key.labels.at(statusColumn) : cellAt(history, statusColumn, version);
    return [`${key.cells.join(" ")}: ${place} ${status}`];
  });
}

/** Each instant at which anything changes on either axis, and those beside it. */
function cutoffsOf(history: History, timeline: Timeline): bigint[] {
  const points = [...timeline.changePoints(), ...timeline.changePoints(AXES.known), ...history.instants];
  return [...new Set(points.flatMap((ns) => [ns - 1n, ns, ns + 1n]))];
}

describe("what a page looks up", () => {
  test("is what timeline.at answers, at every change point and beside it, on both axes", () => {
    let met = 0;
    fc.assert(
      fc.property(randomHistory(), (random) => {
        const { history, timeline } = gathered(random);
        const { dataset } = frameOf(random.rules, random.files);
        const raw = gatherHistory(timeline, timeline, dataset, null);
        const { values, labels } = arrangeColumns(dataset, [raw]);
        const place = values.findIndex(({ name }) => name === "status");
        // A name of the key, counted from the end.
        const status = place < 0 ? labels.indexOf("status") - labels.length : place;
        for (const cutoff of cutoffsOf(history, timeline)) {
          for (const axis of ["held", "known"] as const) {
            const expected = answered(timeline, cutoff, axis);
            expect(lookedUp(history, status, cutoff, axis)).toEqual(expected);
            met += expected.length;
          }
        }
      }),
      tries({ few: 60, small: 1_500, large: 20_000, seed: 1601 }),
    );
    expect(met).toBeGreaterThan(1_000);
  });

  test("says of each version, and of the key, what explain says", () => {
    let [met, gone] = [0, 0];
    fc.assert(
      fc.property(randomHistory(), (random) => {
        const { history, timeline } = gathered(random);
        const { asOf, ingested } = frameOf(random.rules, random.files).dataset.timestamps;
        const names = { asOf: asOf ?? null, ingested };
        const keys = timeline.keys();
        for (const cutoff of cutoffsOf(history, timeline)) {
          const rank = rankAt(history, cutoff);
          for (const axis of ["held", "known"] as const) {
            for (const [i, key] of history.keys.entries()) {
              const told = timeline.explain(keys[i]!, { epochNanoseconds: cutoff }, AXES[axis]);
              const places = outcomesAt(key, axis, rank).map((outcome, v) => {
                const { file, row, files } = history.data;
                return `${files[file[key.first + v]!]} #${row[key.first + v]}: ${outcome}`;
              });
              const expected = [
                ...told.losers.map(({ file, rowInFile, rule }) => `${file} #${rowInFile}: ${rule}`),
                ...(told.winner ? [`${told.winner.file} #${told.winner.rowInFile}: won`] : []),
              ];
              expect([...places].sort()).toEqual(expected.sort());
              const [first] = String(told).split("\n");
              expect(first!.endsWith(`: ${outcomeLine(history, key, axis, rank, names)}`), first).toBe(true);
              met++;
              if (told.goneIn) gone++;
            }
          }
        }
      }),
      tries({ few: 40, small: 600, large: 8_000, seed: 1602 }),
    );
    expect(met).toBeGreaterThan(1_000);
    expect(gone).toBeGreaterThan(20);
  });

  test("changes between two cutoffs as timeline.diff says", () => {
    let met = 0;
    fc.assert(
      fc.property(randomHistory(), (random) => {
        const { history, timeline } = gathered(random);
        const all = [...history.keys.keys()];
        const points = [...history.instants.slice(0, 3), ...history.instants.slice(-3)];
        for (const axis of ["held", "known"] as const) {
          for (const early of points) {
            for (const late of points) {
              if (early > late) continue;
              const found = changesBetween(history, all, axis, early, late);
              const [from, to] = [{ epochNanoseconds: early }, { epochNanoseconds: late }];
              const { added, changed, gone } = timeline.diff(from, to, AXES[axis]);
              expect([
                found.filter(({ before }) => before < 0).length,
                found.filter(({ before, after }) => before >= 0 && after >= 0).length,
                found.filter(({ after }) => after < 0).length,
              ]).toEqual([added.length, changed.length, gone.length]);
              met += found.length;
            }
          }
        }
      }),
      tries({ few: 30, small: 500, large: 8_000, seed: 1604 }),
    );
    expect(met).toBeGreaterThan(100);
  });

  test("changes exactly at the library's change points, and bands fill what lies between", () => {
    fc.assert(
      fc.property(randomHistory(), (random) => {
        const { history, timeline } = gathered(random);
        for (const axis of ["held", "known"] as const) {
          expect(changesOf(history, history.keys, axis)).toEqual(timeline.changePoints(AXES[axis]));
          const [from, to] = [(history.instants[0] ?? 0n) - 5n, (history.instants.at(-1) ?? 0n) + 5n];
          for (const key of history.keys) {
            for (const { from: start, to: end, version } of bandsOf(history, key, axis, from, to)) {
              expect(start < end).toBe(true);
              for (const at of [start, end - 1n])
                expect(heldAt(key, axis, rankAt(history, at))).toBe(version);
            }
          }
        }
      }),
      tries({ few: 60, small: 600, large: 8_000, seed: 1603 }),
    );
  });
});
