// lock-as-nobody <file> [hold]: another user (nobody, where this one is root) takes the lock, and says what came of it.
import { isBronzeError } from "../../../src/errors.js";
import { lockFile } from "../../../src/storage/local/flock.js";
import { defaultFlockCalls } from "../../../src/storage/local/flock-calls.js";
import { say } from "./say.js";

const [file = "", hold] = process.argv.slice(2);
defaultFlockCalls(); // koffi lies where nobody may not read
if (process.getuid?.() === 0) {
  process.setgroups!([]);
  process.setgid!(65534);
  process.setuid!(65534);
}
try {
  await lockFile(file, { path: "x.lock", where: "test" }, { waitMs: 0 });
  say("locked");
  if (hold !== undefined) setInterval(() => {}, 1000);
} catch (error) {
  say(isBronzeError(error) ? error.code : String(error));
}
