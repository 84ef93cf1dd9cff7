// Plans and applies, restores or empties the trash, and kills itself with SIGKILL just before its nth system call that
// changes the disk; else prints how many there were: worker.ts <root> <prune|compact|undo|restore|empty> <n> [<plan>]
import { ALL, LATER, OLD, retentionWorld } from "../world.js";
import { diskKilledAt } from "./disk-killed-at.js";

const [root, work, at, plan] = process.argv.slice(2);
const { storage, calls } = diskKilledAt(root!, Number(at));
const { retention } = work === "empty" ? retentionWorld(storage, LATER) : retentionWorld(storage);
if (work === "restore") await retention.restore(plan!);
else if (work === "empty") await retention.emptyTrash({ olderThan: "P7D" });
else if (work!.startsWith("prune")) await retention.apply(await retention.planPrune(ALL));
else await retention.apply(await retention.planCompact({ ...OLD, into: work === "undo" ? "files" : "day" }));
process.stdout.write(String(calls()));
