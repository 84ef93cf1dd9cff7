// freeze <root> <game_id> [<call> before|after]: freezes the lock of a game when told to and prints what came of it;
// with a call, it is killed there by SIGKILL.
import { isBronzeError, localDisk } from "bronzestore";
import { say, waitForGo } from "../../storage/children/say.js";
import { faultyStorage } from "../faulty-storage.js";
import { build, frozenWorld, SLATE, TIP } from "../slates.js";

const [root = "", game_id = "", call, when] = process.argv.slice(2);
const disk = localDisk(root);
const die = () => process.kill(process.pid, "SIGKILL");
const { storage } = faultyStorage(disk, {
  call: Number(call),
  when: when === "after" ? "after" : "before",
  fail: die,
});
const { gold } = await frozenWorld(storage);
waitForGo();
try {
  const frozen = await gold.freeze({ slate: { ...SLATE, game_id }, snapshot: "lock", tip: TIP }, build);
  say(`${frozen.status} ${frozen.manifest.digest}`);
} catch (error) {
  say(isBronzeError(error) ? error.code : String(error));
}
