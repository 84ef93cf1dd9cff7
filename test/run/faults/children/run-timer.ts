// run-timer <timer> <root>: the same unit as a run of the library; prints what came of it.
import { type WriteRowOf, withRun } from "bronzestore";
import { injuries, lines } from "../support/tables.js";
import { hangUp, say, scrape } from "./talk.js";

const [name = "", root = ""] = process.argv.slice(2);
const { status } = await withRun(
  { root, name, timeZone: "America/New_York", datasets: [injuries, lines], onHeld: "skip" },
  async (run) => {
    await run.stage("scrape", {}, async () => {
      await run.bronze.write("injuries", await scrape<WriteRowOf<typeof injuries>>("injuries"));
      await run.bronze.write("odds", await scrape<WriteRowOf<typeof lines>>("odds"));
    });
  },
);
say(status);
hangUp();
