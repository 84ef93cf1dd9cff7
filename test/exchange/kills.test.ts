import { memoryStorage } from "bronzestore";
import { describe, expect, it } from "vitest";
import { campaign } from "../campaign.js";
import { Death, dyingAt, hooked } from "../gold/hooked-storage.js";
import { tempFolders } from "../storage/temp-folder.js";
import { filesIn, quotes, reports, rosters, treeOf } from "./feeds-of-files.js";
import { IMPORTS, rowsOf, SECOND } from "./kills.js";

const tempFolder = tempFolders();
describe.each([
  [
    "odds",
    "odds_raw",
    (folder: string) =>
      filesIn(folder, { "1.csv": quotes(50), "2.csv": quotes(30).replace(/book(\d)/g, "shop$1") }),
  ],
  ["injuries", "injuries_raw", (folder: string) => filesIn(folder, { "1.csv": reports(8) })],
  ["roster", "roster_nightly_raw", (folder: string) => filesIn(folder, { "1.csv": rosters(40) })],
] as const)("an import of %s that dies at any call of the storage", (kind, name, files) => {
  it("is the same as an undisturbed one when it is run again, and again", { timeout: 300_000 }, async () => {
    const pattern = files(tempFolder());
    const undisturbed = memoryStorage();
    const calls: string[] = [];
    const counting = hooked(undisturbed, {
      before: async (call, _, path) => {
        calls.push(`${call} ${path}`);
      },
    });
    await IMPORTS[kind](counting, pattern);
    const expected = { tree: await treeOf(undisturbed), rows: await rowsOf(undisturbed, name) };
    const total = calls.length;
    expect(total).toBeGreaterThan(40);

    const { count } = campaign({ few: 6, small: total, large: total, seed: 1 });
    const step = Math.max(1, Math.floor((2 * total) / Math.max(count, 1)));
    for (let at = 0; at < 2 * total; at += step) {
      const [call, when] = [Math.floor(at / 2), at % 2 === 0 ? "before" : "after"] as const;
      const storage = memoryStorage();
      const dying = dyingAt(storage, call, when);
      const where = `died ${when} ${calls[call]}`;
      await expect(IMPORTS[kind](dying.storage, pattern), where).rejects.toThrow(Death);
      // Before the record nothing is written; from it on the bytes are settled, captures too.
      const isBegun = (await treeOf(storage)).size > 0;
      await IMPORTS[kind](storage, pattern, SECOND);
      if (isBegun) expect(await treeOf(storage), where).toEqual(expected.tree);
      expect(new Set((await treeOf(storage)).keys()), where).toEqual(new Set(expected.tree.keys()));
      expect(await rowsOf(storage, name), where).toEqual(expected.rows);
      const bytes = await treeOf(storage);
      await IMPORTS[kind](storage, pattern, SECOND);
      expect(await treeOf(storage), where).toEqual(bytes);
    }
  });
});
