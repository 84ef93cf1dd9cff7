// publish-once <root> <path> <n>: publishes whole(n) when told to and prints whether it won.
import { localDisk } from "../../../src/storage/index.js";
import { whole } from "../whole.js";
import { say, waitForGo } from "./say.js";

const [root = "", path = "", n = ""] = process.argv.slice(2);
const bytes = whole(Number(n), 300_000);
waitForGo();
say(String(await localDisk(root).publish(path, bytes)));
