import { BronzeStore, isBronzeError, memoryStorage } from "bronzestore";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tries } from "../campaign.js";
import { asOf, type OracleRow } from "../oracle.js";
import { CONVERTED, foreignFile, type Node, type RawRow } from "../table/foreign-file.js";
import { boundedHistory } from "../travel/bounded-history.js";
import { frameOf, optionsOf, type RandomHistory, randomHistory } from "../travel/random-history.js";
import { COLUMNS } from "./foreign-history.js";

const DATE = "2026-01-15";
const NAMES = COLUMNS.map(({ name }) => name);
const ALIASES = {
  game: ["match", "GAME"],
  player: ["who"],
  status: ["state"],
  report_ts: ["reported"],
  as_of_ts: ["updated"],
  ingested_ts: ["scraped"],
};

/** How one file differs from what the dataset says of it. */
interface Drift {
  /** Which of its names each column has, from the dataset's own one on. */
  readonly names: readonly number[];
  /** The type of a column that nobody declared; `none` where the file lacks it. */
  readonly extra: "none" | "text" | "int" | "refused";
}

const drift: fc.Arbitrary<Drift> = fc.record({
  names: fc.array(fc.nat(2), { minLength: NAMES.length, maxLength: NAMES.length }),
  extra: fc.constantFrom("none", "text", "int", "refused"),
});

const EXTRAS: Readonly<Record<Drift["extra"], readonly [Node, unknown] | undefined>> = {
  none: undefined,
  text: [{ name: "extra", repetition: "optional", type: "BYTE_ARRAY", converted: CONVERTED.UTF8 }, "x"],
  int: [{ name: "extra", repetition: "optional", type: "INT64" }, 1n],
  refused: [
    {
      name: "extra",
      repetition: "optional",
      type: "FIXED_LEN_BYTE_ARRAY",
      length: 12,
      converted: CONVERTED.INTERVAL,
    },
    new Uint8Array(12),
  ],
};

function nameIn({ names }: Drift, column: string): string {
  const all = [column, ...((ALIASES as Record<string, readonly string[]>)[column] ?? [])];
  return all[names[NAMES.indexOf(column)]! % all.length]!;
}

function renamed(row: OracleRow, own: Drift): OracleRow {
  return Object.fromEntries(Object.entries(row).map(([column, cell]) => [nameIn(own, column), cell]));
}

function fileOf(rows: readonly OracleRow[], own: Drift): Uint8Array {
  const extra = EXTRAS[own.extra];
  const columns = COLUMNS.map((node) => ({ ...node, name: nameIn(own, node.name) }));
  const written = rows.map((row): RawRow => ({ ...renamed(row, own), ...(extra && { extra: extra[1] }) }));
  return foreignFile([...columns, ...(extra ? [extra[0]] : [])], [written]);
}

/** A tree of such files; what a writer declares of a snapshot is only in files of ours. */
async function treeOf({ rules, files }: RandomHistory, drifts: readonly Drift[]) {
  const storage = memoryStorage();
  const aliased = { ...rules, aliases: ALIASES };
  const plain = files.map(({ rows }, i) => ({ rows: rows.map((row) => renamed(row, drifts[i]!)) }));
  for (const [i, { rows }] of files.entries()) {
    const path = `bronze/random_raw/season=2025/date=${DATE}/run_ts=20260115T00000${i}Z/data.parquet`;
    await storage.publish(path, fileOf(rows, drifts[i]!));
  }
  const bronze = new BronzeStore({ storage, datasets: [frameOf(aliased, []).dataset] });
  return { bronze, oracle: (question: Parameters<typeof asOf>[2]) => asOf(plain, aliased, question).rows };
}

const projected = (rows: readonly OracleRow[], columns: readonly string[]) =>
  rows.map((row) => Object.fromEntries(columns.map((name) => [name, row[name] ?? null])));

/** An answer with all columns, unless the files disagree about one. */
async function unlessClash<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (isBronzeError(error, "TYPE_CLASH")) return undefined;
    throw error;
  });
}

const trees = (meaning: "changes" | "snapshot") =>
  fc.record({
    history: fc.oneof(boundedHistory(meaning), randomHistory({ meaning, scope: [] })),
    drifts: fc.array(drift, { minLength: 6, maxLength: 6 }),
    columns: fc.shuffledSubarray(NAMES, { minLength: 1 }),
  });

describe.each(["changes", "snapshot"] as const)("a feed of files with old names and drift, %s", (meaning) => {
  test("has the rows of the oracle with whatever columns are asked for, in every verb", async () => {
    await fc.assert(
      fc.asyncProperty(trees(meaning), async ({ history, drifts, columns }) => {
        const { bronze, oracle } = await treeOf(history, drifts);
        const asked = { date: DATE, columns: columns as never[] };
        const timeline = await bronze.timeline("random_raw", asked);
        const day = await bronze.readBronzeDay("random_raw", DATE, { columns: columns as never[] });
        const all = history.files.flatMap(({ rows }) => rows);
        expect(day.columns).toEqual(columns);
        expect(day.rows()).toEqual(projected(all, columns));
        for (const question of history.questions) {
          const { knownBy, maxAge } = optionsOf(question);
          const expected = projected(oracle(question), columns);
          const view = bronze.asOf(question.cutoff, { ...(knownBy !== undefined && { knownBy }) });
          const read = await view.read("random_raw", { ...asked, ...(maxAge && { maxAge }) });
          const at = timeline.at(question.cutoff, optionsOf(question));
          for (const answer of [read, at, day.asOf(question.cutoff, optionsOf(question))]) {
            expect(answer.columns).toEqual(columns);
            expect(answer.rows()).toEqual(expected);
          }
          const whole = await unlessClash(view.read("random_raw", { date: DATE, ...(maxAge && { maxAge }) }));
          if (whole) {
            expect(projected(whole.rows() as never[], columns)).toEqual(read.rows());
            expect(whole.provenance).toEqual(read.provenance);
          }
          expect((await read.toArrow()).schema.fields.map(({ name }) => name)).toEqual(columns);
          for (const row of oracle(question)) {
            const key = { game: row.game, player: row.player } as never;
            expect(read.get(key)).toEqual(projected([row], columns)[0]);
            const won = timeline.explain(key, question.cutoff, optionsOf(question)).winner?.row;
            expect(won).toEqual(projected([row], columns)[0]);
          }
        }
      }),
      tries({ small: 200, large: 4_000, seed: 41 }),
    );
  });

  test("is joined with the same rows, with whatever columns are asked for", async () => {
    await fc.assert(
      fc.asyncProperty(trees(meaning), async ({ history, drifts, columns }) => {
        const { bronze, oracle } = await treeOf(history, drifts);
        const [{ cutoff }] = history.questions as [{ cutoff: bigint }];
        const rows = oracle({ cutoff });
        const named = rows.map(({ game, player }) => ({ game, player, cutoff }));
        const join = await bronze.joinAsOf(named as never[], "random_raw", {
          on: ["game", "player"],
          cutoff: "cutoff",
          date: () => DATE,
          prefix: "was_",
          columns: columns as never[],
        } as never);
        const expected = projected(rows, columns).map((row, i) => ({
          ...named[i],
          ...Object.fromEntries(Object.entries(row).map(([name, cell]) => [`was_${name}`, cell])),
        }));
        expect(join.rows()).toEqual(expected);
      }),
      tries({ small: 100, large: 2_000, seed: 42 }),
    );
  });
});
