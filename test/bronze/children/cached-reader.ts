// Asks about a day again and again, or deletes the cache: cached-reader.ts <root> cached|plain|delete <times>
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { localDisk } from "bronzestore";
import { everythingOf, settled, twoStores } from "../cached-stores.js";

const [root, what, times] = process.argv.slice(2) as [string, "cached" | "plain" | "delete", string];
let text: string | undefined;
for (let i = 0; i < Number(times); i++) {
  if (what === "delete") {
    try {
      rmSync(join(root, ".cache"), { recursive: true, force: true });
    } catch (error) {
      // Someone put an entry into the folder while it was being emptied: the next round takes it.
      if ((error as NodeJS.ErrnoException).code !== "ENOTEMPTY") throw error;
    }
    await setTimeout(10);
    continue;
  }
  const store = twoStores(settled(localDisk(root)))[what];
  const said = JSON.stringify(await everythingOf(store, "odds_raw"), (_, value) =>
    typeof value === "bigint" ? String(value) : value,
  );
  if (text !== undefined && said !== text) throw new Error(`the answer changed: ${said}`);
  text = said;
}
process.stdout.write(text ?? "");
