import { join } from "node:path";
import { BronzeStore, localDisk, type VersionsAxes } from "bronzestore";
import fc from "fast-check";
import type { Cell } from "../../src/table/index.js";
import { odds, run } from "./feeds.js";
import { statement } from "./versions-page.js";

const START = 1_768_500_000_000_000_000n;
const DATE = "2026-01-15";
const STEP = 600_000_000_000n;

/** A statement, and the rows that the library gives for it, as text. */
interface VersionsCase {
  readonly axes: VersionsAxes;
  readonly sql: string;
  readonly rows: readonly (readonly (string | null)[])[];
}

interface Quote {
  readonly game_id: string;
  readonly book: string;
  readonly price: number | null;
  readonly as_of_ts: bigint | null;
  readonly ingested_ts: bigint;
}

/** Few instants, some a nanosecond apart; the last book sorts after the one before only by bytes. */
const at = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom(0n, 0n, 1n, -1n))
  .map(([i, by]) => START + BigInt(i) * STEP + by);
const someQuotes: fc.Arbitrary<Quote[]> = fc.array(
  fc.record({
    game_id: fc.constantFrom("g1", "g2", "g3"),
    book: fc.constantFrom("dk", "", "it's", "\uff5e", "\u{1f3c0}"),
    price: fc.option(fc.integer({ min: -200, max: 200 })),
    as_of_ts: fc.option(at),
    ingested_ts: at,
  }),
  { minLength: 1, maxLength: 12 },
);

/**
 * A tree with a feed of quotes, a versions table of it for each choice of axes, and every statement of the page asked around
 * every instant in it, with the answers of `asOf` and `joinAsOf`.
 */
export async function versionsWorld(root: string, { seed, questions }: { seed: number; questions: number }) {
  const storage = localDisk(root);
  const bronze = new BronzeStore({ storage, datasets: [odds], clock: () => START });
  const writes = fc.sample(someQuotes, { seed, numRuns: 12 });
  const exact = (ns: bigint | null) => (ns === null ? null : { epochNanoseconds: ns });
  for (const [i, quotes] of writes.entries()) {
    const rows = quotes.map((quote) => ({
      ...quote,
      as_of_ts: exact(quote.as_of_ts),
      ingested_ts: exact(quote.ingested_ts)!,
    }));
    await bronze.write("odds_raw", rows as never, run(`r${i}`, `2026-01-15T17:${String(10 + i)}:00Z`));
  }
  const span = { date: DATE } as const;
  const files = new Map<VersionsAxes, string>();
  for (const axes of ["valid", "known", "both"] as const) {
    // Several files, so that their glob is asked for more than one.
    const { path } = await bronze.exportVersions("odds_raw", span, { axes, rowsPerFile: 50 });
    files.set(axes, join(root, path, "part-*.parquet"));
  }

  const times = writes.flat().flatMap(({ as_of_ts, ingested_ts }) => [as_of_ts ?? ingested_ts, ingested_ts]);
  const all = [...new Set(times.flatMap((ns) => [ns - 1n, ns, ns + 1n]))].sort((a, b) => (a < b ? -1 : 1));
  const asked = fc.sample(fc.tuple(fc.constantFrom(...all), fc.constantFrom(...all)), {
    seed,
    numRuns: questions,
  });
  const answer = async (T: bigint, how: { knownBy?: bigint | "cutoff"; maxAge?: string } = {}) => {
    const { maxAge, knownBy } = how;
    const view = bronze.asOf(T, knownBy === undefined ? {} : { knownBy });
    const snapshot = await view.read("odds_raw", { ...span, ...(maxAge && { maxAge }) });
    const sources = snapshot.sources();
    const runs = snapshot.column("run_id" as never);
    return snapshot.rows().map((row, i) => ({
      cells: [row.game_id, row.book, row.price, row.as_of_ts, row.ingested_ts, runs[i]].map(text),
      ingested: row.ingested_ts,
      place: [sources[i]!.file, String(sources[i]!.rowInFile)],
    }));
  };
  const plain = (rows: Awaited<ReturnType<typeof answer>>) =>
    rows.map(({ cells, place }) => [...cells, ...place]);

  const cases: VersionsCase[] = [];
  for (const [T, K] of asked) {
    const now = await answer(T);
    const at = { T, K };
    cases.push(
      { axes: "both", sql: statement("valid", at), rows: plain(now) },
      { axes: "both", sql: statement("known by", at), rows: plain(await answer(T, { knownBy: K })) },
      { axes: "both", sql: statement("max age", at), rows: plain(await answer(T, { maxAge: "PT6H" })) },
      { axes: "valid", sql: statement("axis valid", at), rows: plain(now) },
      {
        axes: "known",
        sql: statement("axis known", at),
        rows: plain(await answer(T, { knownBy: "cutoff" })),
      },
      {
        axes: "both",
        sql: statement("hindsight", at),
        rows: plain(now.filter(({ ingested }) => ingested > T)),
      },
    );
  }
  return { bronze, storage, files, cases, joins: await joinsOf(bronze, asked) };
}

/** The page's join: its labels, and what `joinAsOf` gives for them. */
async function joinsOf(
  bronze: BronzeStore<readonly [typeof odds]>,
  asked: readonly (readonly [bigint, bigint])[],
) {
  const labels = asked.map(([cutoff_ns], i) => ({
    label_id: String(i).padStart(5, "0"),
    game_id: ["g1", "g2", "g3", "g9"][i % 4]!,
    cutoff_ns,
  }));
  const joined = await bronze.joinAsOf(
    labels.map(({ cutoff_ns, ...label }) => ({ ...label, cutoff: { epochNanoseconds: cutoff_ns } })),
    "odds_raw",
    {
      on: ["game_id"],
      cutoff: "cutoff",
      knownBy: "cutoff",
      from: DATE,
      to: DATE,
      columns: ["book", "price"],
    } as never,
  );
  const rows = joined.rows() as unknown as { label_id: string; book: string | null; price: number | null }[];
  const values = labels.map(
    (l) => `SELECT '${l.label_id}' AS label_id, '${l.game_id}' AS game_id, ${l.cutoff_ns} AS cutoff_ns`,
  );
  return {
    labels: values.join(" UNION ALL "),
    sql: statement("join"),
    rows: rows.map(({ label_id, book, price }) => [label_id, book, text(price)]),
  };
}

function text(cell: Cell | undefined): string | null {
  return cell === null || cell === undefined ? null : String(cell);
}

/** The columns of an answer of the table that a case compares. */
export const COMPARED = [
  "game_id",
  "book",
  "price",
  "as_of_ts",
  "ingested_ts",
  "run_id",
  "source_file",
  "source_row",
] as const;
