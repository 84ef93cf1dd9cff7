import fc from "fast-check";
import type { Column } from "../../src/table/index.js";
import type { Frame, Part, PartBounds } from "../../src/travel/index.js";
import { asOf, type OracleRow, type OracleRules } from "../oracle.js";
import { frameOf, MS, type RandomHistory, randomHistory } from "./random-history.js";

/**
 * Feeds whose files have what footers can prove: each row a capture, the same keys in file after file more often than
 * not, and time going on from one file to the next, but not always.
 */
export function boundedHistory(
  meaning: "changes" | "snapshot",
  more: Partial<OracleRules> = {},
): fc.Arbitrary<BoundedHistory> {
  const fixed = { ...more, fallback: "row" as const, meaning, scope: [] };
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

/** Such a feed, and whether its bounds are as tight as can be. */
export interface BoundedHistory extends RandomHistory {
  readonly isTight: boolean;
}

/** The frame of such a feed, with bounds that are true of each file, and one column for the same keys. */
export function boundedFrame({ rules, files, isTight }: BoundedHistory): Frame {
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
        if (rows.length === 0) return undefined;
        const noneAhead = isTight && !rows.some((row) => isAhead(row, rules));
        return { ...bounds(times, captured, rules.snapshotTime ? reports : []), noneAhead };
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

function isAhead({ as_of_ts, ingested_ts }: OracleRow, { asOf, maxLead = 0n }: OracleRules): boolean {
  return asOf !== null && as_of_ts !== null && (as_of_ts as bigint) > (ingested_ts as bigint) + maxLead;
}

function bounds(times: bigint[], captured: bigint[], reports: bigint[]): Omit<PartBounds, "noneAhead"> {
  const latest = (some: bigint[]) => some.reduce((a, b) => (a > b ? a : b));
  return {
    minNs: times.reduce((a, b) => (a < b ? a : b)),
    maxNs: latest(times),
    capturedNs: latest(captured),
    snapshotNs: reports.length === 0 ? undefined : latest(reports),
    keyDigest: undefined,
  };
}
