import { importFiles } from "bronzestore";
import { describe, it } from "vitest";
import { run, storeOf } from "../bronze/feeds.js";
import { expectGolden } from "./golden.js";

/** The record of an import is on disk for ever: one that was begun by an older version is taken up again by a newer. */
describe("the record of an import", () => {
  it("is, byte for byte, what it was", async () => {
    const bronze = storeOf();
    const options = { ignoreColumns: ["note"], ingestedAt: "2026-02-01T00:00:00Z", ...run("dump") };
    const { id } = await importFiles(bronze, "odds_raw", "test/exchange/odds.csv", options);
    const record = await bronze.storage.read(`bronze/_imports/${id}.json`);
    expectGolden("imports", new Map([[`${id}.json`, new TextDecoder().decode(record)]]));
  });
});
