// run-board <root>: the same, each edition by a run of the library.
import { withRun } from "bronzestore";
import { BOARD_FILE, BOARD_POINTER, board, editionOf } from "../support/board.js";
import { say } from "./talk.js";

const [root = ""] = process.argv.slice(2);
for (let edition = 1; ; edition++) {
  await withRun(
    { root, name: "live-scrape", timeZone: "America/New_York", datasets: [board] },
    async (run) => {
      const written = await run.stage("board", {}, () => run.bronze.write("board", editionOf(edition)));
      await run.writePointer(BOARD_POINTER, { outputs: [written, BOARD_FILE], fields: { edition } });
    },
  );
  if (edition === 1) say("ready");
}
