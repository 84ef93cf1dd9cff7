// freeze-on-s3 <s3Storage options as JSON> [<call> before|after]: freezes the slate of the evening when told to and prints what
// came of it; with a call, it is killed there by SIGKILL.
import { isBronzeError, s3Storage } from "bronzestore";
import { say, waitForGo } from "../../storage/children/say.js";
import { faultyStorage } from "../faulty-storage.js";
import { build, frozenWorld, SLATE, TIP } from "../slates.js";

const [options = "", call, when] = process.argv.slice(2);
const { storage } = faultyStorage(s3Storage(JSON.parse(options)), {
  call: Number(call),
  when: when === "after" ? "after" : "before",
  fail: () => process.kill(process.pid, "SIGKILL"),
});
const { gold } = await frozenWorld(storage);
waitForGo();
try {
  const frozen = await gold.freeze({ slate: SLATE, snapshot: "lock", tip: TIP }, build);
  say(`${frozen.status} ${frozen.manifest.digest}`);
} catch (error) {
  say(isBronzeError(error) ? error.code : String(error));
}
