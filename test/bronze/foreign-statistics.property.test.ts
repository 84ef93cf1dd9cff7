import { BronzeStore, memoryStorage } from "bronzestore";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { campaign } from "../campaign.js";
import { asOf } from "../oracle.js";
import { foreignFile } from "../table/foreign-file.js";
import { bytes, i64, struct, type Thrift } from "../table/thrift-tree.js";
import { boundedHistory } from "../travel/bounded-history.js";
import { frameOf, optionsOf, type RandomFile, randomHistory } from "../travel/random-history.js";
import { COLUMNS, TIMES } from "./foreign-history.js";

const DATE = "2026-01-15";

/** What a footer claims of one column: the truth, the truth turned round, anything, or not all of it. */
interface Claim {
  readonly kind: "true" | "turned" | "any" | "one-sided" | "none";
  readonly min: bigint;
  readonly max: bigint;
  readonly nulls: "true" | "none" | "all" | "wrong" | "unsaid";
}

const anyInstant = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: 1_768_499_990_000_000_000n, max: 1_768_500_060_000_000_000n }),
);
const claim: fc.Arbitrary<Claim> = fc.record({
  kind: fc.constantFrom("true", "turned", "turned", "any", "any", "one-sided", "none"),
  min: anyInstant,
  max: anyInstant,
  nulls: fc.constantFrom("true", "none", "none", "all", "wrong", "unsaid"),
});

function statistics(values: readonly (bigint | null)[], { kind, min, max, nulls }: Claim): Thrift {
  const known = values.filter((value) => value !== null).sort((a, b) => (a < b ? -1 : 1));
  const [first = 0n, last = 0n] = [known[0], known.at(-1)];
  const [low, high] = kind === "true" ? [first, last] : kind === "turned" ? [last, first] : [min, max];
  const eight = (value: bigint) => bytes(new Uint8Array(BigInt64Array.of(value).buffer));
  const count = {
    true: values.length - known.length,
    none: 0,
    all: values.length,
    wrong: values.length + 7,
    unsaid: undefined,
  }[nulls];
  return struct({
    3: count === undefined ? undefined : i64(count),
    5: kind === "none" ? undefined : eight(high),
    6: kind === "none" || kind === "one-sided" ? undefined : eight(low),
  });
}

function fileOf(rows: RandomFile["rows"], claims: readonly Claim[]): Uint8Array {
  return foreignFile(COLUMNS, [rows], {
    statistics(path) {
      const at = TIMES.indexOf(path);
      if (at < 0) return undefined;
      return statistics(
        rows.map((row) => (row[path] as bigint | null | undefined) ?? null),
        claims[at]!,
      );
    },
  });
}

const { count, seed } = campaign({ small: 300, large: 5_000, seed: 3 });

describe.each(["changes", "snapshot"] as const)("files of others that are %s", (meaning) => {
  test("are judged by their values: view, timeline and oracle agree whatever their footers say", async () => {
    const histories = fc.oneof(boundedHistory(meaning), randomHistory({ meaning, scope: [] }));
    await fc.assert(
      fc.asyncProperty(
        histories,
        fc.array(fc.tuple(claim, claim, claim), { minLength: 6, maxLength: 6 }),
        async ({ rules, files: given, questions }, claims) => {
          const storage = memoryStorage();
          // What a writer declares of a snapshot stands only in files of ours.
          const files = given.map(({ rows, unit }): RandomFile => ({ rows, unit }));
          const { dataset } = frameOf(rules, files);
          for (const [i, { rows }] of files.entries()) {
            const path = `bronze/random_raw/season=2025/date=${DATE}/run_ts=20260115T00000${i}Z/data.parquet`;
            await storage.publish(path, fileOf(rows, claims[i]!));
          }
          const bronze = new BronzeStore({ storage, datasets: [dataset] });
          const timeline = await bronze.timeline("random_raw", { date: DATE });
          for (const question of questions) {
            const { knownBy, maxAge } = optionsOf(question);
            const expected = asOf(files, rules, question).rows;
            const view = bronze.asOf(question.cutoff, { ...(knownBy !== undefined && { knownBy }) });
            const seen = await view.read("random_raw", { date: DATE, ...(maxAge && { maxAge }) });
            const whole = timeline.at(question.cutoff, optionsOf(question));
            expect(seen.rows()).toEqual(expected);
            expect(whole.rows()).toEqual(expected);
            const { rowsSelected, rowsEligible, rowsNotSelectable, rowsAhead } = whole.provenance;
            expect(seen.provenance).toMatchObject({
              rowsSelected,
              rowsEligible,
              rowsNotSelectable,
              rowsAhead,
            });
          }
        },
      ),
      { numRuns: count, seed },
    );
  });
});

test("statistics the wrong way round do not hide a later row (as they hid it)", async () => {
  const at = (minute: number) => 1_768_500_000_000_000_000n + BigInt(minute) * 60_000_000_000n;
  const row = (status: string, minute: number) => ({
    game: "g",
    player: 1,
    status,
    report_ts: at(minute),
    as_of_ts: at(minute),
    ingested_ts: at(minute),
    run_id: "r",
  });
  const turned: Claim = { kind: "turned", min: 0n, max: 0n, nulls: "true" };
  const { dataset } = frameOf(
    {
      key: ["game", "player"],
      asOf: "as_of_ts",
      ingested: "ingested_ts",
      fallback: "row",
      meaning: "changes",
      scope: [],
    },
    [],
  );
  const storage = memoryStorage();
  const put = (run: string, rows: RandomFile["rows"]) =>
    storage.publish(
      `bronze/random_raw/season=2025/date=${DATE}/run_ts=${run}/data.parquet`,
      fileOf(rows, [turned, turned, turned]),
    );
  await put("20260115T180000Z", [row("old", 0)]);
  await put("20260115T190000Z", [row("new", 10), row("new", 120)]);
  const bronze = new BronzeStore({ storage, datasets: [dataset] });
  const seen = await bronze.asOf(at(15)).read("random_raw", { date: DATE });
  expect(seen.column("status" as never)).toEqual(["new"]);
});
