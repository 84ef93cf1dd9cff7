import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { campaign, tries } from "../campaign.js";
import {
  asOf,
  isTombstone,
  type OracleQuestion,
  type OracleRow,
  type OracleRules,
  type OracleVersion,
  snapshotTimes,
} from "../oracle.js";
import { countsOf } from "../oracle-counts.js";
import {
  MS,
  optionsOf,
  type RandomFile,
  type RandomHistory,
  randomHistory,
  timelineOf,
} from "./random-history.js";

const { count, seed } = campaign({ small: 4_000, large: 50_000, seed: 11 });

/** Every answer as the oracle gives it. */
function answers({ rules, files, questions }: RandomHistory): (readonly OracleRow[])[] {
  return questions.map((question) => asOf(files, rules, question).rows);
}

function ask(history: Pick<RandomHistory, "rules" | "files">, questions: readonly OracleQuestion[]) {
  const timeline = timelineOf(history);
  return questions.map((question) => timeline.at(question.cutoff, optionsOf(question)).rows());
}

const keyOf = ({ game, player }: OracleRow) => ({ game: game!, player: player! });
const isSameKey = (a: OracleRow, b: OracleRow) => a.game === b.game && a.player === b.player;

describe("Timeline.at", () => {
  test("equals the oracle row for row, in key order", () => {
    fc.assert(
      fc.property(randomHistory(), (history) => {
        expect(ask(history, history.questions)).toEqual(answers(history));
      }),
      tries({ small: 4_000, large: 40_000, seed: 122 }),
    );
  });

  test("does not depend on what was asked before", () => {
    const shuffled = randomHistory().chain((history) =>
      fc.tuple(
        fc.constant(history),
        fc.shuffledSubarray([...history.questions, ...history.questions], {
          minLength: history.questions.length * 2,
        }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([history, questions]) => {
        expect(ask(history, questions)).toEqual(answers({ ...history, questions }));
      }),
      tries({ small: 400, large: 8_000, seed: 123 }),
    );
  });

  test("counts its provenance as the oracle does", () => {
    fc.assert(
      fc.property(randomHistory(), ({ rules, files, questions }) => {
        const timeline = timelineOf({ rules, files });
        for (const question of questions) {
          expect(timeline.at(question.cutoff, optionsOf(question)).provenance).toEqual({
            dataset: "random_raw",
            cutoff: question.cutoff,
            knownBy: question.knownBy ?? null,
            maxAge: question.maxAge ?? null,
            files: files.map(({ rows }, i) => ({
              path: `000${i}.parquet`,
              rows: rows.length,
              sizeBytes: rows.length * 100,
            })),
            filesSkipped: [],
            filesPruned: [],
            filesIgnored: [],
            rowsEligiblePruned: 0,
            ...countsOf(files, rules, question),
          });
        }
      }),
      tries({ small: 800, large: 16_000, seed: 124 }),
    );
  });
});

describe("the counts of captures", () => {
  const seen = { asked: 0, none: 0, later: 0, unknown: 0, byEvidence: 0, flagged: 0 };

  test("add up to the keys that knownBy the cutoff answers otherwise: all 0 is the same answer", () => {
    fc.assert(
      fc.property(randomHistory(), ({ rules, files, questions }) => {
        const timeline = timelineOf({ rules, files });
        for (const { cutoff, ...bounds } of questions) {
          const options = optionsOf({ cutoff, ...bounds });
          const snapshot = timeline.at(cutoff, options);
          const { rowsCapturedLater, rowsCaptureUnknown, keysByLaterEvidence, asOfUsableByCutoff } =
            snapshot.provenance;
          const sum = rowsCapturedLater + rowsCaptureUnknown + keysByLaterEvidence;
          // A bound before the cutoff knows less than one at it.
          const isEarlier = bounds.knownBy !== undefined && bounds.knownBy < cutoff;
          if (isEarlier) expect({ sum, asOfUsableByCutoff }).toEqual({ sum: 0, asOfUsableByCutoff: true });
          seen.asked++;
          if (!asOfUsableByCutoff) seen.flagged++;
          if (isEarlier || !asOfUsableByCutoff) continue;
          if (sum === 0) seen.none++;
          if (rowsCapturedLater > 0) seen.later++;
          if (rowsCaptureUnknown > 0) seen.unknown++;
          if (keysByLaterEvidence > 0) seen.byEvidence++;
          const inTime = timeline.at(cutoff, { ...options, knownBy: "cutoff" }).rows() as OracleRow[];
          const rows = snapshot.rows() as OracleRow[];
          const ids = (some: OracleRow[]) =>
            new Map(some.map((row) => [JSON.stringify([row.game, row.player]), row.run_id]));
          const [here, there] = [ids(rows), ids(inTime)];
          const differing = [...new Set([...here.keys(), ...there.keys()])].filter(
            (key) => here.get(key) !== there.get(key),
          );
          expect(differing.length).toBe(sum);
          if (sum === 0) expect(rows).toEqual(inTime);
        }
      }),
      { numRuns: count, seed },
    );
  });

  test("are all there often enough for that to mean something", () => {
    for (const often of [seen.none, seen.later, seen.unknown])
      expect(often / seen.asked).toBeGreaterThan(0.05);
    expect(seen.byEvidence / seen.asked).toBeGreaterThan(0.005);
    expect(seen.flagged / seen.asked).toBeGreaterThan(0.003);
  });
});

describe("rows without any usable time", () => {
  test("are not those that a rule turned by knownBy passes over", () => {
    const [rules, at] = [
      { key: ["game", "player"], asOf: "as_of_ts", ingested: "ingested_ts" },
      1_768_500_000_000n * MS,
    ];
    const row = { game: "a", player: 1, status: "in", report_ts: null };
    const history = {
      rules: { ...rules, fallback: "dataset" as const, meaning: "changes" as const, scope: [] },
      files: [
        {
          unit: "ns" as const,
          rows: [
            { ...row, as_of_ts: at, ingested_ts: at + MS, run_id: "usable, not captured by then" },
            { ...row, as_of_ts: at, ingested_ts: null, run_id: "usable, never captured" },
            { ...row, as_of_ts: null, ingested_ts: at, run_id: "selected by its capture" },
            { ...row, as_of_ts: null, ingested_ts: null, run_id: "without any time" },
          ],
        },
      ],
    };
    const { provenance } = timelineOf(history).at(at, { knownBy: "cutoff" });
    expect(provenance).toMatchObject({ rowsSelected: 1, rowsByFallback: 1, rowsNotSelectable: 1 });
  });
});

describe("Timeline.sweep", () => {
  test("equals at, whatever the order of the cutoffs", () => {
    fc.assert(
      fc.property(randomHistory(), ({ rules, files, questions }) => {
        const timeline = timelineOf({ rules, files });
        const cutoffs = [...questions, ...questions.toReversed()].map(({ cutoff }) => cutoff);
        const options = optionsOf(questions[0]!);
        const swept = [...timeline.sweep(cutoffs, options)];
        expect(swept.map((snapshot) => snapshot.rows())).toEqual(
          cutoffs.map((cutoff) => asOf(files, rules, { ...questions[0], cutoff }).rows),
        );
        expect(swept.map(({ provenance }) => provenance)).toEqual(
          cutoffs.map((cutoff) => timeline.at(cutoff, options).provenance),
        );
      }),
      tries({ small: 800, large: 16_000, seed: 125 }),
    );
  });
});

describe("Timeline.explain", () => {
  test("names the selected row the winner and every other row of the key a loser by a true rule", () => {
    fc.assert(
      fc.property(randomHistory(), ({ rules, files, questions }) => {
        const timeline = timelineOf({ rules, files });
        for (const question of questions) {
          const answer = asOf(files, rules, question);
          for (const key of distinctKeys(answer.all)) {
            const told = timeline.explain(key, question.cutoff, optionsOf(question));
            const winner = answer.winners.find(({ row }) => isSameKey(row, key));
            const rows = answer.all.filter(({ row }) => isSameKey(row, key)).toReversed();
            expect(told.winner?.row).toEqual(winner?.row);
            expect(told.winner?.rowInFile).toBe(winner?.line);
            expect(told.losers.map(({ row }) => row)).toEqual(
              rows.filter((version) => version !== winner).map(({ row }) => row),
            );
            const top = answer.eligible.findLast(({ row }) => isSameKey(row, key));
            for (const { rule, row } of told.losers) {
              const version = rows.find((one) => one.row.run_id === row.run_id)!;
              expect(ruleFor(version, top, question, rules)).toContain(rule);
            }
            expect(told.goneIn !== undefined).toBe(told.losers.some(({ rule }) => rule === "gone"));
            if (told.goneIn) {
              const snapshot = files[Number(told.goneIn.file.slice(0, 4))]!;
              expect(snapshot.rows.some((row) => isSameKey(row, key))).toBe(false);
              expect(told.goneIn.time).toBe(snapshotTimes(snapshot, rules).time);
              expect(told.goneIn.time <= question.cutoff).toBe(true);
            }
          }
        }
      }),
      tries({ small: 800, large: 16_000, seed: 126 }),
    );
  });
});

function distinctKeys(versions: readonly OracleVersion[]) {
  const keys = versions.map(({ row }) => keyOf(row));
  return keys.filter((key, i) => keys.findIndex((other) => isSameKey(other, key)) === i);
}

/** The rules that can be true of a row that was not selected; the key's latest eligible row is `top`. */
function ruleFor(
  version: OracleVersion,
  top: OracleVersion | undefined,
  { cutoff, knownBy, maxAge }: OracleQuestion,
  rules: OracleRules,
): string[] {
  const { effective, ingested } = version;
  if (effective === null) return ["not-selectable"];
  if (effective > cutoff) return ["after-cutoff"];
  if (knownBy !== undefined && (ingested === null || ingested > knownBy)) return ["not-known"];
  if (maxAge !== undefined && effective < cutoff - maxAge) return ["too-old"];
  if (version === top) return isTombstone(version.row, rules) ? ["tombstone", "gone"] : ["gone"];
  if (effective < top!.effective!) return ["earlier-effective-time"];
  if (ingested !== top!.ingested) return ["earlier-ingested"];
  return [version.file < top!.file ? "earlier-partition" : "earlier-row"];
}

describe("Timeline.history", () => {
  test("is every row of a key in selection order", () => {
    const noBound = { cutoff: 0n };
    fc.assert(
      fc.property(randomHistory(), ({ rules, files }) => {
        const { all } = asOf(files, rules, noBound);
        const timeline = timelineOf({ rules, files });
        for (const key of distinctKeys(all)) {
          expect(timeline.history(key).map(({ row, effective }) => ({ row, effective }))).toEqual(
            all.filter(({ row }) => isSameKey(row, key)).map(({ row, effective }) => ({ row, effective })),
          );
        }
      }),
      tries({ small: 200, large: 4_000, seed: 127 }),
    );
  });
});

describe("Timeline.diff", () => {
  test("is the difference of two answers", () => {
    fc.assert(
      fc.property(randomHistory(), ({ rules, files, questions }) => {
        const timeline = timelineOf({ rules, files });
        const [from, to] = [questions[0]!, { ...questions[0]!, cutoff: questions.at(-1)!.cutoff }];
        const before = asOf(files, rules, from).rows;
        const after = asOf(files, rules, to).rows;
        const times = [rules.asOf, rules.snapshotTime];
        const compared = ["status", "report_ts", "as_of_ts"].filter((name) => !times.includes(name));
        const pairs = after.flatMap((now) => {
          const old = before.find((row) => isSameKey(row, now));
          return old ? [{ before: old, after: now, columns: compared.filter((c) => old[c] !== now[c]) }] : [];
        });
        expect(timeline.diff(from.cutoff, to.cutoff, optionsOf(from))).toEqual({
          added: after.filter((row) => !before.some((old) => isSameKey(old, row))),
          changed: pairs.filter(({ columns }) => columns.length > 0),
          gone: before.filter((row) => !after.some((now) => isSameKey(now, row))),
        });
      }),
      tries({ small: 800, large: 16_000, seed: 128 }),
    );
  });
});

describe("nothing after the cutoff can move a result", () => {
  const fixed = fc.constantFrom("row" as const, "never" as const);

  test("of changes: later rows can be dropped or replaced", () => {
    fc.assert(
      fc.property(
        fixed.chain((fallback) => randomHistory({ fallback, meaning: "changes" })),
        ({ rules, files, questions }) => {
          for (const question of questions) {
            const later = laterRows({ rules, files }, question.cutoff);
            const dropped = files.map((file) => ({
              ...file,
              rows: file.rows.filter((row) => !later.has(row)),
            }));
            const mangled = files.map((file) => ({
              ...file,
              rows: file.rows.map((row) =>
                later.has(row) ? { ...later.get(row)!, game: "a", player: 1 } : row,
              ),
            }));
            const expected = ask({ rules, files }, [question]);
            expect(ask({ rules, files: dropped }, [question])).toEqual(expected);
            expect(ask({ rules, files: mangled }, [question])).toEqual(expected);
          }
        },
      ),
      tries({ small: 400, large: 8_000, seed: 129 }),
    );
  });

  test("of snapshots: later snapshots lose their later rows, earlier ones may hold anything in them", () => {
    fc.assert(
      fc.property(
        fixed.chain((fallback) => randomHistory({ fallback, meaning: "snapshot" })),
        ({ rules, files, questions }) => {
          for (const question of questions) {
            const later = laterRows({ rules, files }, question.cutoff);
            const cut = files.map((file): RandomFile => {
              const { time, ingested } = snapshotTimes(file, rules);
              const isLater = time === null || time > question.cutoff;
              // A file is dated by its rows unless it says otherwise; what is cut here are rows, not dates.
              const declared = { snapshotTime: time ?? undefined, snapshotIngested: ingested ?? undefined };
              const rows = isLater
                ? file.rows.filter((row) => !later.has(row))
                : file.rows.map((row) => later.get(row) ?? row);
              return { ...file, ...declared, rows };
            });
            expect(ask({ rules, files: cut }, [question])).toEqual(ask({ rules, files }, [question]));
          }
        },
      ),
      tries({ small: 400, large: 8_000, seed: 130 }),
    );
  });
});

/** The rows after a cutoff, each with what can stand in its place: another payload at a later time. */
function laterRows({ rules, files }: Pick<RandomHistory, "rules" | "files">, cutoff: bigint) {
  const { all } = asOf(files, rules, { cutoff });
  const later = all.filter(({ effective }) => effective !== null && effective > cutoff);
  return new Map(later.map((version) => [version.row, delayed(version)]));
}

/** Times move so that a trusted one stays trusted, and a sentinel stays one. */
function delayed({ row, byFallback }: OracleVersion): OracleRow {
  const { as_of_ts, ingested_ts } = row as { as_of_ts: bigint | null; ingested_ts: bigint | null };
  return {
    ...row,
    status: "mangled",
    as_of_ts: byFallback || as_of_ts === null ? as_of_ts : as_of_ts + MS,
    ingested_ts: ingested_ts && ingested_ts + MS,
  };
}

describe("a snapshot column that a dataset gains later", () => {
  test("takes no absence away from the files that lack it, or have only nulls in it", () => {
    fc.assert(
      fc.property(randomHistory({ meaning: "snapshot", snapshotTime: undefined }), (history) => {
        const { rules, questions } = history;
        const files = history.files.map((file) => ({
          ...file,
          rows: file.rows.map((row) => ({ ...row, report_ts: null })),
        }));
        const before = ask({ rules, files }, questions);
        expect(ask({ rules: { ...rules, snapshotTime: "report_ts" }, files }, questions)).toEqual(before);
      }),
      tries({ small: 400, large: 8_000, seed: 131 }),
    );
  });
});

describe("a snapshot with a row whose capture is unknown", () => {
  test("ends no key under knownBy, whatever it contains", () => {
    fc.assert(
      fc.property(randomHistory({ meaning: "snapshot", fallback: "row" }), ({ rules, files, questions }) => {
        for (const { cutoff } of questions) {
          const question = { cutoff, knownBy: cutoff };
          const timeline = timelineOf({ rules, files });
          for (const key of distinctKeys(asOf(files, rules, question).all)) {
            const { goneIn } = timeline.explain(key, cutoff, optionsOf(question));
            if (!goneIn) continue;
            const { rows } = files[Number(goneIn.file.slice(0, 4))]!;
            expect(rows.filter(({ ingested_ts }) => ingested_ts === null)).toEqual([]);
          }
        }
      }),
      tries({ small: 400, large: 8_000, seed: 132 }),
    );
  });
});

describe("what a file of changes is cut into", () => {
  test("does not matter, as long as rows keep their order", () => {
    const cut = randomHistory({ meaning: "changes" }).chain((history) =>
      fc.tuple(fc.constant(history), fc.array(fc.nat({ max: 24 }), { maxLength: 6 })),
    );
    fc.assert(
      fc.property(cut, ([history, cuts]) => {
        const { rules, files, questions } = history;
        const rows = files.flatMap((file) => file.rows);
        const bounds = [0, ...cuts.sort((a, b) => a - b), rows.length];
        const resplit = bounds
          .slice(1)
          .map((end, i): RandomFile => ({ unit: "ns", rows: rows.slice(bounds[i]!, end) }));
        expect(ask({ rules, files: resplit }, questions)).toEqual(answers(history));
        expect(ask({ rules, files: [{ unit: "us", rows }] }, questions)).toEqual(answers(history));
      }),
      tries({ small: 400, large: 8_000, seed: 133 }),
    );
  });
});
