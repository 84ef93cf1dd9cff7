import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArrayFileWriter, openArrayFile } from "../../src/table/index.js";
import { type Frame, packFrame, Timeline, unpackFrame } from "../../src/travel/index.js";
import { asOf } from "../oracle.js";
import { frameOf, optionsOf, type RandomHistory, randomHistory } from "./random-history.js";

const MAGIC = "testing1";

/** A frame through bytes. */
function packedAndBack(frame: Frame): Frame {
  const out = new ArrayFileWriter();
  const file = openArrayFile(MAGIC, out.seal(MAGIC, packFrame(frame, out)))!;
  return unpackFrame(frame.dataset, file.header as ReturnType<typeof packFrame>, file, frame.horizonNs);
}

/** All that a timeline can be asked, in an order in which nothing was asked before. */
const ASKED: Record<string, (timeline: Timeline, history: RandomHistory) => unknown> = {
  rows: (timeline, { questions }) =>
    questions.map((question) => timeline.at(question.cutoff, optionsOf(question)).rows()),
  provenance: (timeline, { questions }) =>
    questions.map((question) => timeline.at(question.cutoff, optionsOf(question)).provenance),
  sweep: (timeline, { questions }) =>
    [...timeline.sweep(questions.map(({ cutoff }) => cutoff))].map((snapshot) => snapshot.rows()),
  explain: (timeline, { questions, files }) =>
    files.flatMap(({ rows }) =>
      rows.flatMap(({ game, player }) =>
        questions.map((question) =>
          timeline.explain({ game: game!, player: player! }, question.cutoff, optionsOf(question)),
        ),
      ),
    ),
  history: (timeline, { files }) =>
    files.flatMap(({ rows }) =>
      rows.map(({ game, player }) => timeline.history({ game: game!, player: player! })),
    ),
  diff: (timeline, { questions }) =>
    questions.map(({ cutoff }) => timeline.diff(questions[0]!.cutoff, cutoff)),
  standing: (timeline, { questions }) => questions.map(({ cutoff }) => timeline.standing(cutoff)),
  counts: (timeline) => [timeline.rowCount, timeline.keyCount, String(timeline)],
};

describe("a packed frame", () => {
  test("answers as the oracle does", () => {
    fc.assert(
      fc.property(randomHistory(), ({ rules, files, questions }) => {
        const timeline = new Timeline(packedAndBack(frameOf(rules, files)));
        for (const question of questions)
          expect(timeline.at(question.cutoff, optionsOf(question)).rows()).toEqual(
            asOf(files, rules, question).rows,
          );
      }),
      { numRuns: 1_000 },
    );
  });

  test("answers the same whether its index was unpacked by then or not", () => {
    fc.assert(
      fc.property(randomHistory(), ({ rules, files, questions }) => {
        const frame = frameOf(rules, files);
        const { index } = packedAndBack(frame);
        const whole = new Timeline(frame);
        const timeline = new Timeline(packedAndBack(frame));
        const ask = (one: Timeline) =>
          questions.map((question) => one.at(question.cutoff, optionsOf(question)).rows());
        expect(index!.versions.lookup).toBeDefined();
        for (let i = 0; i < 6; i++) expect(ask(timeline)).toEqual(ask(whole));
        expect(index!.versions.times).toBeDefined();
        expect(index!.versions.lookup).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  test.each(Object.keys(ASKED))("gives the same %s as the frame it was made of", (name) => {
    fc.assert(
      fc.property(randomHistory(), (history) => {
        const frame = frameOf(history.rules, history.files);
        const ask = ASKED[name]!;
        expect(ask(new Timeline(packedAndBack(frame)), history)).toEqual(ask(new Timeline(frame), history));
      }),
      { numRuns: 500 },
    );
  });
});
