// write-forever <root>: publishes and replaces until it is killed, printing what has been acknowledged.
import { localDisk } from "../../../src/storage/index.js";
import { whole } from "../whole.js";
import { say, waitForGo } from "./say.js";

const storage = localDisk(process.argv[2] ?? "");
waitForGo();
for (let n = 1; ; n++) {
  const bytes = whole(n, (n * 7919) % 400_000);
  if (await storage.publish(`day-${n % 7}/run-${n}`, bytes)) say(`published day-${n % 7}/run-${n} ${n}`);
  await storage.replace("latest", bytes);
  say(`replaced latest ${n}`);
}
