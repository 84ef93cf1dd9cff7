// hold-lock <root> <path> [child]: takes the lock, says so and holds it; with "child" it also starts a
// grandchild that outlives it.
import { spawn } from "node:child_process";
import { localDisk } from "../../../src/storage/index.js";
import { say } from "./say.js";

const [root = "", path = "", child] = process.argv.slice(2);
await localDisk(root).locks.lock(path, { waitMs: 0 });
if (child !== undefined) {
  const sleeper = spawn("sleep", ["20"], { stdio: "ignore", detached: true });
  say(`held ${sleeper.pid}`);
} else say("held");
setInterval(() => {}, 1000);
