// lock-when-full <file>: takes a lock with no descriptor left, then with all of them back, and says
// which way there was and what came of it, each time. Started under a low limit of open files.
import { closeSync, openSync } from "node:fs";
import { isBronzeError } from "../../../src/errors.js";
import { lockFile } from "../../../src/storage/local/flock.js";
import { defaultFlockCalls } from "../../../src/storage/local/flock-calls.js";
import { say } from "./say.js";

const [file = ""] = process.argv.slice(2);
const place = { path: "x.lock", where: "test" };

async function lockOnce(): Promise<string> {
  try {
    await (await lockFile(file, place, { waitMs: 0 })).release();
    return "locked";
  } catch (error) {
    return isBronzeError(error) ? `${error.code} ${String(error.details.cause)}` : String(error);
  }
}

const taken: number[] = [];
try {
  for (;;) taken.push(openSync("/dev/null", "r"));
} catch {
  // none is left
}
const first = defaultFlockCalls().name;
const firstLock = await lockOnce();
for (const fd of taken) closeSync(fd);
say(JSON.stringify({ first, firstLock, later: defaultFlockCalls().name, laterLock: await lockOnce() }));
