// obey <root> [<way of locking>]: does what each line of its input says and prints what came of it.
//   run <onHeld> [<waitFor>]   a run that does nothing else
//   hold                       a run that lasts until the line "release"
import { createInterface } from "node:readline";
import { isBronzeError } from "bronzestore";
import { say } from "../../../storage/children/say.js";
import { diskLockedBy, runIn, type Way } from "../pipeline.js";

const [root = "", way] = process.argv.slice(2);
const storage = diskLockedBy(root, way as Way | undefined);
let release = () => {};
let runs = 0;
let holds = 0;

createInterface({ input: process.stdin }).on("line", (line) => void obey(line));
say(`ready ${process.version}`);

async function obey(line: string): Promise<void> {
  const [verb, onHeld, waitFor] = line.split(" ");
  if (verb === "release") return release();
  if (verb === "hold") {
    const number = ++holds;
    await runIn(storage, async (run) => {
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      await run.stage("hold", {}, async () => {
        say(`held ${number} ${run.id}`);
        await released;
      });
    });
    return say(`released ${number}`);
  }
  const number = ++runs;
  const options = { onHeld: onHeld as "wait", ...(waitFor !== undefined && { waitFor }) };
  const outcome = await runIn(storage, (run) => run.stage("work", {}, () => 1), options).then(
    (result) => result.status,
    (error: unknown) => (isBronzeError(error) ? error.code : String(error)),
  );
  say(`run ${number}: ${outcome}`);
}
