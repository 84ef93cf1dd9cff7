// count <root> <how many> <way of locking>: when told to, that many runs at once, each adding one to the counter in a
// stage, with nothing but the run's lock to keep others out.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { say, waitForGo } from "../../../storage/children/say.js";
import { diskLockedBy, runIn, type Way } from "../pipeline.js";

const [root = "", count, way] = process.argv.slice(2);
const storage = diskLockedBy(root, way as Way);
const counter = join(root, "counter");
waitForGo();
await Promise.all(
  Array.from({ length: Number(count) }, () =>
    runIn(
      storage,
      (run) =>
        run.stage("count", {}, async () => {
          const seen = Number(readFileSync(counter, "utf8"));
          await new Promise(setImmediate);
          writeFileSync(counter, `${seen + 1}\n`);
        }),
      { onHeld: "wait", waitFor: "PT800S" },
    ),
  ),
);
say("counted");
