// write-half <root> <path>: publishes, and stands still where the temp file is written and not yet flushed.
import { nodeDiskCalls } from "../../../src/storage/local/disk-calls.js";
import { localDiskOver } from "../../../src/storage/local/local-disk.js";
import { whole } from "../whole.js";
import { say } from "./say.js";

const [root = "", path = ""] = process.argv.slice(2);
setInterval(() => {}, 1000);
const fsync = () => {
  say("written");
  return new Promise<void>(() => {});
};
await localDiskOver({ ...nodeDiskCalls, fsync }, root).publish(path, whole(1));
