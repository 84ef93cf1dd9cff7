import type { Temporal } from "@js-temporal/polyfill";
import {
  type BronzeDay,
  BronzeStore,
  defineDataset,
  type InstantLike,
  instant,
  type KeyOf,
  layouts,
  nbaSeason,
  type RowOf,
  type Snapshot,
  type Timeline,
  type WriteRowOf,
} from "bronzestore";
import { describe, expectTypeOf, it } from "vitest";
import * as z from "zod";

const odds = defineDataset({
  name: "odds_raw",
  layout: layouts.perRun(),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({
    game_id: z.string(),
    book: z.enum(["dk", "fd"]),
    price: z.int(),
    point: z.number().nullable(),
    as_of_ts: instant().nullable(),
    ingested_ts: instant(),
  }),
  key: ["game_id", "book"],
  date: { from: "ingested_ts" },
});
const roster = defineDataset({
  name: "roster_raw",
  layout: layouts.daily(),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({ player_id: z.string(), as_of_ts: instant() }),
  key: ["player_id"],
  date: { from: "as_of_ts" },
});
const bronze = new BronzeStore({ root: "data", datasets: [odds, roster] });

interface OddsRow {
  game_id: string;
  book: "dk" | "fd";
  price: number;
  point: number | null;
  as_of_ts: bigint | null;
  ingested_ts: bigint;
}
interface OddsKey {
  game_id: string;
  book: "dk" | "fd";
}

describe("row types follow from the schema", () => {
  it("rows have instants as bigint", () => {
    expectTypeOf<RowOf<typeof odds>>().toEqualTypeOf<OddsRow>();
    expectTypeOf<KeyOf<typeof odds>>().toEqualTypeOf<OddsKey>();
  });

  it("rows to write take any instant, and may leave out the stamps", () => {
    expectTypeOf<WriteRowOf<typeof odds>>().toHaveProperty("as_of_ts").toEqualTypeOf<InstantLike | null>();
    expectTypeOf<WriteRowOf<typeof odds>["ingested_ts"]>().toEqualTypeOf<InstantLike | undefined>();
  });

  it("every reader knows the rows and keys of the dataset it was asked for", async () => {
    expectTypeOf(bronze.readBronzeDay("odds_raw", "2026-01-15")).resolves.toEqualTypeOf<
      BronzeDay<OddsRow, OddsKey, "as_of_ts" | "ingested_ts">
    >();
    expectTypeOf(bronze.timeline("odds_raw", { date: "2026-01-15" })).resolves.toEqualTypeOf<
      Timeline<OddsRow, OddsKey, "as_of_ts" | "ingested_ts">
    >();
    const snapshot = await bronze.asOf("2026-01-15T00:00:00Z").read("odds_raw", { date: "2026-01-15" });
    expectTypeOf(snapshot).toEqualTypeOf<Snapshot<OddsRow, OddsKey, "as_of_ts" | "ingested_ts">>();
    expectTypeOf(snapshot.get({ game_id: "g1", book: "dk" })).toEqualTypeOf<OddsRow | undefined>();
    expectTypeOf(snapshot.column("point")).toEqualTypeOf<(number | null)[]>();
    for (const row of snapshot) expectTypeOf(row).toEqualTypeOf<OddsRow>();
    const players = await bronze.asOf("2026-01-15T00:00:00Z").read("roster_raw", { date: "2026-01-15" });
    expectTypeOf(players.rows()).toEqualTypeOf<{ player_id: string; as_of_ts: bigint }[]>();
  });

  it("rows have their instants in the form that is asked for", async () => {
    const lines = await bronze.asOf("2026-01-15T00:00:00Z").read("odds_raw", { date: "2026-01-15" });
    const iso = lines.rows({ instants: "iso" });
    expectTypeOf(iso[0]!.as_of_ts).toEqualTypeOf<string | null>();
    expectTypeOf(iso[0]!.ingested_ts).toEqualTypeOf<string>();
    expectTypeOf(iso[0]!.price).toEqualTypeOf<number>();
    expectTypeOf(lines.rows({ instants: "date" })[0]!.ingested_ts).toEqualTypeOf<Date>();
    expectTypeOf(lines.rows({ instants: "temporal" })[0]!.ingested_ts).toEqualTypeOf<Temporal.Instant>();
    expectTypeOf(lines.rows({ instants: "bigint" })[0]!).branded.toEqualTypeOf<OddsRow>();
    const day = await bronze.readBronzeDay("odds_raw", "2026-01-15");
    expectTypeOf(day.rows({ instants: "iso" })[0]!.ingested_ts).toEqualTypeOf<string>();
    // Where the types do not tell instants from numbers, both are possible.
    const anyOf: Snapshot<OddsRow, OddsKey> = lines;
    expectTypeOf(anyOf.rows({ instants: "iso" })[0]!.ingested_ts).toEqualTypeOf<bigint | string>();
  });

  it("joined rows have the instants of the dataset, and those of labels that say so", async () => {
    const labels = [{ game_id: "g1", at: new Date(), cutoff_ts: 1n, until: "2026-01-15T00:00:00Z" }];
    const on = {
      on: ["game_id"],
      cutoff: "at",
      from: "2026-01-15",
      to: "2026-01-15",
      prefix: "was_",
    } as const;
    const joined = await bronze.joinAsOf(labels, "odds_raw", { ...on, columns: ["price", "as_of_ts"] });
    const row = joined.rows({ instants: "iso" })[0]!;
    expectTypeOf(row.was_as_of_ts).toEqualTypeOf<string | null>();
    expectTypeOf(row.was_price).toEqualTypeOf<number | null>();
    expectTypeOf(row.at).toEqualTypeOf<string>();
    expectTypeOf(row.cutoff_ts).toEqualTypeOf<bigint | string>();
    expectTypeOf(row.until).toEqualTypeOf<string>();
    joined.matrix(["was_price"]);
    // @ts-expect-error an instant is no number
    joined.matrix(["was_as_of_ts"]);
  });

  it("a matrix is of columns that can be numbers", async () => {
    const lines = await bronze.asOf("2026-01-15T00:00:00Z").read("odds_raw", { date: "2026-01-15" });
    expectTypeOf(lines.matrix(["price", "point"])).toEqualTypeOf<Float64Array<ArrayBuffer>>();
    expectTypeOf(lines.matrix(["price"], { type: "float32" })).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    // @ts-expect-error no such column
    lines.matrix(["prize"]);
    // @ts-expect-error an instant
    lines.matrix(["as_of_ts"]);
    // @ts-expect-error no such numbers
    lines.matrix(["price"], { type: "float16" });
  });

  it("mistakes do not compile", () => {
    // @ts-expect-error an unknown dataset
    bronze.timeline("odds", { date: "2026-01-15" });
    // @ts-expect-error a number has no unit
    bronze.asOf(1_768_500_000);
    // @ts-expect-error which days?
    bronze.timeline("odds_raw", {});
    // @ts-expect-error a missing field
    bronze.write("roster_raw", [{ player_id: "a" }]);
    // @ts-expect-error a wrong type
    bronze.write("roster_raw", [{ player_id: 1, as_of_ts: "2026-01-15T00:00:00Z" }]);
    const options = {
      name: "x",
      schema: roster.schema,
      date: { from: "as_of_ts" },
      timeZone: "UTC",
      season: nbaSeason,
    } as const;
    // @ts-expect-error a key column the schema lacks
    defineDataset({ ...options, layout: layouts.daily(), key: ["nope"] });
    defineDataset({
      ...options,
      key: ["player_id"],
      layout: layouts.hourly(),
      // @ts-expect-error hours of a column the schema lacks
      hour: { from: "nope" },
    });
  });
});
