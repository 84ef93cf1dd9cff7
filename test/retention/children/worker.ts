// Plans and applies, restores or empties the trash, and kills itself with SIGKILL just before its nth system call that
// changes the disk; else prints how many there were: worker.ts <root> <prune|compact|undo|restore|empty> <n> [<plan>]
import { type DiskCalls, nodeDiskCalls } from "../../../src/storage/local/disk-calls.js";
import { localDiskOver } from "../../../src/storage/local/local-disk.js";
import { ALL, LATER, OLD, retentionWorld } from "../world.js";

const [root, work, at, plan] = process.argv.slice(2);
const CHANGING = new Set(["open", "write", "fsync", "link", "rename", "unlink", "mkdir"]);
let count = 0;

const calls = Object.fromEntries(
  Object.entries(nodeDiskCalls).map(([name, call]: [string, (...args: unknown[]) => unknown]) => [
    name,
    (...args: unknown[]) => {
      if (CHANGING.has(name) && ++count === Number(at)) process.kill(process.pid, "SIGKILL");
      return call(...args);
    },
  ]),
) as unknown as DiskCalls;

const storage = localDiskOver(calls, root!);
const { retention } = work === "empty" ? retentionWorld(storage, LATER) : retentionWorld(storage);
if (work === "restore") await retention.restore(plan!);
else if (work === "empty") await retention.emptyTrash({ olderThan: "P7D" });
else if (work!.startsWith("prune")) await retention.apply(await retention.planPrune(ALL));
else await retention.apply(await retention.planCompact({ ...OLD, into: work === "undo" ? "files" : "day" }));
process.stdout.write(String(count));
