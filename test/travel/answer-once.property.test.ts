import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Column } from "../../src/table/index.js";
import { answerOnce } from "../../src/travel/answer-once.js";
import { answeringParts } from "../../src/travel/answering-parts.js";
import { ask } from "../../src/travel/ask.js";
import { type Frame, type Part, type PartBounds, Timeline } from "../../src/travel/index.js";
import { asOf, type OracleRow } from "../oracle.js";
import { frameOf, MS, optionsOf, type RandomHistory, randomHistory } from "./random-history.js";

/**
 * Feeds whose files have what footers can prove: each row a capture, the same keys in file after file more often than
 * not, and time going on from one file to the next, but not always.
 */
function boundedHistory(meaning: "changes" | "snapshot"): fc.Arbitrary<RandomHistory & { isTight: boolean }> {
  const fixed = { fallback: "row" as const, meaning, scope: [] };
  return fc
    .tuple(randomHistory(fixed), fc.array(fc.integer({ min: -2, max: 12 }), { minLength: 6 }), fc.boolean())
    .map(([history, steps, isTight]) => {
      let shift = 0n;
      const files = history.files.map((file, i) => {
        shift += BigInt(steps[i]!) * MS;
        const model = history.files[steps[i]! % 2 === 0 ? 0 : i]!.rows;
        const rows = (model.length > 0 ? model : file.rows).map((keys, j) => {
          const row = file.rows[j] ?? keys;
          const later = (time: OracleRow[string] | undefined) =>
            typeof time === "bigint" ? time + shift : null;
          const ingested_ts =
            later(row.ingested_ts) ?? later(row.report_ts) ?? 1_768_500_000_000n * MS + shift;
          const { game, player } = keys as OracleRow;
          const as_of_ts = row.as_of_ts === 0n ? 0n : later(row.as_of_ts);
          return {
            ...row,
            game: game!,
            player: player!,
            as_of_ts,
            ingested_ts,
            report_ts: later(row.report_ts),
          };
        });
        return { ...file, rows };
      });
      const questions = history.questions.map((question, i) => ({
        ...question,
        cutoff: question.cutoff + (i % 2 === 0 ? shift : 0n),
        knownBy: question.knownBy && question.knownBy + (i % 2 === 0 ? shift : 0n),
      }));
      return { ...history, files, questions, isTight };
    });
}

/** The frame of such a feed, with bounds that are true of each file, and one column for the same keys. */
function boundedFrame({ rules, files, isTight }: RandomHistory & { isTight: boolean }): Frame {
  const frame = frameOf(rules, files);
  const effective = asOf(files, rules, { cutoff: 0n }).all;
  const same = new Map<string, Column | undefined>();
  const parts = frame.parts.map((part, i): Part => {
    const { rows } = files[i]!;
    return {
      ...part,
      bounds: () => {
        const own = effective.filter((version) => version.file === i).map((version) => version.effective);
        const captured = rows.map((row) => row.ingested_ts as bigint);
        const wide = isTight ? [] : [...captured, ...rows.map((row) => row.as_of_ts)];
        const times = [...own, ...wide].filter((time) => time !== null) as bigint[];
        const reports = rows.map((row) => row.report_ts).filter((time) => time !== null) as bigint[];
        return rows.length === 0 ? undefined : bounds(times, captured, rules.snapshotTime ? reports : []);
      },
      column(name) {
        if (name !== "game" && name !== "player") return part.column(name);
        const text = `${name} ${JSON.stringify(rows.map((row) => row[name]))}`;
        if (!same.has(text)) same.set(text, part.column(name));
        return same.get(text);
      },
    };
  });
  return { ...frame, parts };
}

function bounds(times: bigint[], captured: bigint[], reports: bigint[]): PartBounds {
  const latest = (some: bigint[]) => some.reduce((a, b) => (a > b ? a : b));
  return {
    minNs: times.reduce((a, b) => (a < b ? a : b)),
    maxNs: latest(times),
    capturedNs: latest(captured),
    snapshotNs: reports.length === 0 ? undefined : latest(reports),
  };
}

describe.each(["changes", "snapshot"] as const)("answerOnce over files that are %s", (meaning) => {
  let asked = 0;
  let narrowed = 0;

  test("equals the oracle row for row, and the whole timeline in what it counts", () => {
    fc.assert(
      fc.property(boundedHistory(meaning), (history) => {
        const frame = boundedFrame(history);
        const timeline = new Timeline(frame);
        for (const question of history.questions) {
          const options = optionsOf(question);
          asked++;
          if (answeringParts(frame, ask(question.cutoff, options, undefined))) narrowed++;
          const { snapshot } = answerOnce(frame, question.cutoff, options);
          expect(snapshot.rows()).toEqual(asOf(history.files, history.rules, question).rows);
          expect(snapshot.provenance).toEqual(timeline.at(question.cutoff, options).provenance);
        }
      }),
      { numRuns: 4_000 },
    );
  });

  test("leaves files out often enough for that to mean something", () => {
    expect(narrowed / asked).toBeGreaterThan(0.03);
  });
});
