import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { encodeVersions } from "../../src/bronze/versions/versions-file.js";
import { Timeline, type VersionsAxes, versionsTable } from "../../src/travel/index.js";
import { STATEMENTS, statement, viewOf } from "../bronze/versions-page.js";
import { COMPARED, versionsWorld } from "../bronze/versions-world.js";
import { campaign, tries } from "../campaign.js";
import { asOf, type OracleQuestion } from "../oracle.js";
import { frameOf, optionsOf, type RandomHistory, randomHistory } from "../travel/random-history.js";
import { query } from "./duckdb.js";

const folder = mkdtempSync(join(tmpdir(), "bronzestore-versions-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Rows = Record<string, unknown>[];
const asText = (cell: unknown) => (cell === null || cell === undefined ? null : String(cell));

/** Runs statements on a view over some files. */
async function onView<T>(files: string, ask: () => Promise<T>): Promise<T> {
  await query(viewOf("duckdb", files));
  try {
    return await ask();
  } finally {
    await query("DROP VIEW odds");
  }
}

describe("the statements of docs/versions-table.md, in DuckDB", () => {
  it("give on a tree of quotes the rows, values and places of asOf, and the rows of joinAsOf", async () => {
    const { count, seed } = campaign({ few: 5, small: 300, large: 3_000, seed: 1521 });
    const world = await versionsWorld(join(folder, "tree"), { seed, questions: count });
    let met = 0;
    for (const axes of ["valid", "known", "both"] as const) {
      await onView(world.files.get(axes)!, async () => {
        for (const { sql, rows } of world.cases.filter((one) => one.axes === axes)) {
          const found = await query<Rows[number]>(sql);
          expect(found.map((row) => COMPARED.map((name) => asText(row[name])))).toEqual(rows);
          met += rows.length;
        }
        if (axes !== "both") return;
        await query(`CREATE VIEW labels AS ${world.joins.labels}`);
        const joined = await query<Rows[number]>(world.joins.sql);
        expect(joined.map((row) => [row.label_id, row.book, row.price].map(asText))).toEqual(
          world.joins.rows,
        );
        await query("DROP VIEW labels");
      });
    }
    expect(met).toBeGreaterThan(count * 6);
  });

  it("are all run", () => {
    const views = ["duckdb", "clickhouse", "spark"];
    const run = ["valid", "known by", "max age", "hindsight", "join", "axis valid", "axis known"];
    expect([...STATEMENTS.keys()]).toEqual([...views, ...run]);
  });

  let files = 0;
  async function table(history: RandomHistory, axes: VersionsAxes, maxAgeNs?: bigint): Promise<string> {
    const made = versionsTable(frameOf(history.rules, history.files), { axes, maxAgeNs });
    const all = Array.from({ length: made.keyCount }, (_, key) => made.rectanglesOf(key)).flat();
    const path = join(folder, `${files++}.parquet`);
    writeFileSync(path, encodeVersions(made, all, axes).bytes);
    return path;
  }

  /** The page's statement for the columns of random feeds. */
  const ofRandom = (name: string, { cutoff, knownBy }: OracleQuestion) =>
    statement(name, { T: cutoff, K: knownBy ?? cutoff })
      .replaceAll("game_id", "game")
      .replaceAll("book", "player");

  function expected({ rules, files }: RandomHistory, question: OracleQuestion) {
    const { winners } = asOf(files, rules, question);
    const snapshot = new Timeline(frameOf(rules, files)).at(exact(question.cutoff), exactOptions(question));
    expect(snapshot.column("run_id")).toEqual(winners.map(({ row }) => row.run_id));
    return winners.map(({ row, effective, file, line }) => {
      const { game, player, status, report_ts, as_of_ts, ingested_ts, run_id } = row;
      const cells = [game, player, status, report_ts, as_of_ts, ingested_ts, run_id, effective];
      return [...cells, `${String(file).padStart(4, "0")}.parquet`, line].map(asText);
    });
  }

  async function answer(sql: string) {
    const rows = await query<Rows[number]>(sql);
    const cells = ["game", "player", "status", "report_ts", "as_of_ts", "ingested_ts", "run_id"];
    const names = [...cells, "effective_ns", "source_file", "source_row"];
    return rows.map((row) => names.map((name) => asText(row[name])));
  }

  it("give on random feeds of every kind what the oracle and a timeline give, at and beside every instant", async () => {
    let met = 0;
    const some = fc.tuple(randomHistory(), fc.nat()).filter(([{ files }]) => files.length > 0);
    await fc.assert(
      fc.asyncProperty(some, async ([history, pick]) => {
        const { maxAge } = history.questions[0]!;
        const times = history.files
          .flatMap(({ rows, snapshotTime }) => [...rows.flatMap((row) => Object.values(row)), snapshotTime])
          .filter((cell) => typeof cell === "bigint");
        const instants = [...new Set(times.flatMap((ns) => [ns - 1n, ns, ns + 1n]))].filter((ns) => ns > 0n);
        const chosen = instants.filter((_, i) => (i + pick) % Math.ceil(instants.length / 6) === 0);
        const kinds: readonly (readonly [VersionsAxes, string, (T: bigint, i: number) => OracleQuestion])[] =
          [
            ["both", "valid", (cutoff) => ({ cutoff, maxAge })],
            [
              "both",
              "known by",
              (cutoff, i) => ({ cutoff, knownBy: instants[(i * 7 + pick) % instants.length]!, maxAge }),
            ],
            ["both", "known by", (cutoff) => ({ cutoff, knownBy: cutoff, maxAge })],
            ["valid", "axis valid", (cutoff) => ({ cutoff, maxAge })],
            ["known", "axis known", (cutoff) => ({ cutoff, knownBy: cutoff, maxAge })],
          ];
        for (const [axes, name, questionAt] of kinds) {
          await onView(await table(history, axes, maxAge), async () => {
            for (const [i, T] of chosen.entries()) {
              const question = questionAt(T, i);
              const rows = expected(history, question);
              expect(await answer(ofRandom(name, question))).toEqual(rows);
              met += rows.length;
            }
          });
        }
      }),
      tries({ few: 10, small: 400, large: 4_000, seed: 1522 }),
    );
    expect(met).toBeGreaterThan(100);
  });

  it("can ask a table of changes for no older rows by a condition", async () => {
    const sixHours = 21_600_000_000_000n;
    let met = 0;
    await fc.assert(
      fc.asyncProperty(randomHistory({ meaning: "changes" }), async (history) => {
        if (history.files.length === 0) return;
        await onView(await table(history, "both"), async () => {
          for (const { cutoff } of history.questions) {
            for (const T of [cutoff, cutoff + sixHours, cutoff + sixHours + 1n]) {
              const rows = expected(history, { cutoff: T, maxAge: sixHours });
              expect(await answer(ofRandom("max age", { cutoff: T }))).toEqual(rows);
              met += rows.length;
            }
          }
        });
      }),
      tries({ few: 10, small: 300, large: 3_000, seed: 1523 }),
    );
    expect(met).toBeGreaterThan(20);
  });
});

const exact = (ns: bigint) => ({ epochNanoseconds: ns });

function exactOptions(question: OracleQuestion) {
  const { knownBy, ...options } = optionsOf(question);
  return { ...options, ...(knownBy !== undefined && { knownBy: exact(knownBy) }) };
}
