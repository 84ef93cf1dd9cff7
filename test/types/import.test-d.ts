import { tableFromArrays } from "apache-arrow";
import { BronzeStore, importFiles, memoryStorage } from "bronzestore";
import { describe, expectTypeOf, it } from "vitest";
import { odds } from "../bronze/feeds.js";

const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [odds] });

describe("importFiles", () => {
  it("knows the dataset's columns, and what a parse must make", () => {
    const columns = {
      price: { from: "Price", parse: (text: unknown) => Number(text) },
      run_id: "RUN",
    } as const;
    expectTypeOf(importFiles(bronze, "odds_raw", "*.csv", { columns })).resolves.toHaveProperty("writes");
    // @ts-expect-error: there is no such dataset
    void importFiles(bronze, "odds", "*.csv");
    // @ts-expect-error: there is no such column
    void importFiles(bronze, "odds_raw", "*.csv", { columns: { prize: "Price" } });
    const source = { from: "Price", parse: () => "1" };
    // @ts-expect-error: a price is a number
    void importFiles(bronze, "odds_raw", "*.csv", { columns: { price: source } });
  });
});

describe("write", () => {
  it("takes rows one by one, and an Arrow table", () => {
    async function* rows() {
      yield { game_id: "g1", book: "dk", price: 1, as_of_ts: null };
    }
    async function* wrong() {
      yield { game_id: "g1", book: "dk", price: "1", as_of_ts: null };
    }
    void bronze.write("odds_raw", rows());
    void bronze.write("odds_raw", tableFromArrays({ price: [1] }));
    // @ts-expect-error: a price is a number
    void bronze.write("odds_raw", wrong());
  });
});
