// Plans and applies, and kills itself with SIGKILL just before its nth system call that changes the disk; else prints how
// many there were: worker.ts <root> <prune|compact> <n>
import { type DiskCalls, nodeDiskCalls } from "../../../src/storage/local/disk-calls.js";
import { localDiskOver } from "../../../src/storage/local/local-disk.js";
import { OLD, retentionWorld } from "../world.js";

const [root, kind, at] = process.argv.slice(2);
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

const { retention } = retentionWorld(localDiskOver(calls, root!));
const plan =
  kind === "prune" ? await retention.planPrune(OLD) : await retention.planCompact({ ...OLD, into: "day" });
await retention.apply(plan);
process.stdout.write(String(count));
