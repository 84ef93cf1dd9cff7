import { tableFromIPC } from "@uwdata/flechette";
import { expect } from "vitest";

/** How a program takes its packages. */
export type Modules = "import" | "require";

const TAKE = {
  import: `
    import { writeFileSync } from "node:fs";
    import { BronzeStore, defineDataset, instant, memoryStorage } from "bronzestore";
    import { tableToIPC } from "apache-arrow";
    import * as z from "zod";`,
  require: `
    const { writeFileSync } = require("node:fs");
    const { BronzeStore, defineDataset, instant, memoryStorage } = require("bronzestore");
    const { tableToIPC } = require("apache-arrow");
    const z = require("zod");`,
};

/** A user's program: asks a store and writes a snapshot, a day and a join as Arrow files into the folder it is given. */
export function arrowProgram(modules: Modules): string {
  return `${TAKE[modules]}
    async function main() {
      const odds = defineDataset({
        name: "odds_raw",
        schema: z.object({ game_id: z.string(), price: z.number(), as_of_ts: instant() }),
        key: ["game_id"],
        date: { from: "as_of_ts" },
      });
      const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [odds] });
      const at = 1768478400000000000n;
      const rows = Array.from({ length: 2000 }, (_, i) => ({ game_id: "g" + String(i).padStart(4, "0"), price: i / 4, as_of_ts: at + BigInt(i) }));
      await bronze.write("odds_raw", rows);
      const day = { date: "2026-01-15" };
      const cutoff = "2026-01-15T23:00:00Z";
      const labels = rows.map(({ game_id }) => ({ game_id, cutoff_ts: cutoff }));
      const asked = { on: ["game_id"], cutoff: "cutoff_ts", columns: ["price", "as_of_ts"], from: "2026-01-15", to: "2026-01-15" };
      const answers = {
        snapshot: await bronze.asOf(cutoff).read("odds_raw", day),
        day: await bronze.readBronzeDay("odds_raw", "2026-01-15"),
        join: await bronze.joinAsOf(labels, "odds_raw", asked),
      };
      for (const [name, answer] of Object.entries(answers))
        writeFileSync(process.argv[2] + "/" + name + ".arrow", tableToIPC(await answer.toArrow(), "file"));
    }
    main().catch((error) => {
      console.error(error);
      process.exit(1);
    });
  `;
}

/** The answers that a program writes. */
export const ANSWERS = ["snapshot", "day", "join"];

/** Reads an Arrow file with a reader that shares no code with apache-arrow, and compares every cell. */
export function expectAnswer(bytes: Uint8Array): void {
  const table = tableFromIPC(bytes, { useBigInt: true, useTimestamp: false } as object);
  expect(table.numRows).toBe(2000);
  const column = (name: string) => [...(table.getChild(name)!.data[0]!.values as Iterable<unknown>)];
  expect([...table.getChild("game_id")!]).toEqual(
    Array.from({ length: 2000 }, (_, i) => `g${String(i).padStart(4, "0")}`),
  );
  expect([...table.getChild("price")!]).toEqual(Array.from({ length: 2000 }, (_, i) => i / 4));
  expect(column("as_of_ts")).toEqual(
    Array.from({ length: 2000 }, (_, i) => 1768478400000000000n + BigInt(i)),
  );
}
