import { localDisk, readRun } from "bronzestore";
import { beforeAll, describe, expect, it } from "vitest";
import { tempFolders } from "../../storage/temp-folder.js";
import { runIn, WAYS } from "./pipeline.js";
import {
  isFreeForShell,
  killGroup,
  nodeBinary,
  type Runner,
  startRunner,
  startShellHolder,
} from "./runner.js";

const temp = tempFolders();

describe.each(["20", "22", "24"])("on Node %s", (version) => {
  let found: Awaited<ReturnType<typeof nodeBinary>>;
  beforeAll(async () => {
    found = await nodeBinary(version);
    if ("missing" in found) console.warn(`NOT TESTED: Node ${version} cannot be had here: ${found.missing}`);
  });

  describe.each(WAYS)("a run whose lock is had by %s", (way) => {
    let root: string;
    let runner: Runner;
    beforeAll(async () => {
      if ("missing" in found) return;
      root = temp();
      runner = startRunner("obey", [root, way], { node: found.binary });
      expect(await runner.says("ready")).toMatch(new RegExp(`^v${version}\\.`));
    });

    it("keeps flock(1) out while it lasts and no longer; killed, it lets the next in", async ({ skip }) => {
      skip("missing" in found, `Node ${version} cannot be had here`);
      const holder = await startShellHolder(root);
      runner.tell("run skip");
      expect(await runner.says("run 1:")).toBe("skipped");
      runner.tell("run fail");
      expect(await runner.says("run 2:")).toBe("LOCK_HELD");
      runner.tell("run wait PT0.2S");
      expect(await runner.says("run 3:")).toBe("LOCK_HELD");
      killGroup(holder);
      runner.tell("run wait PT800S");
      expect(await runner.says("run 4:")).toBe("completed");

      expect(isFreeForShell(root)).toBe(true);
      runner.tell("hold");
      const ended = await runner.says("held 1");
      expect(isFreeForShell(root)).toBe(false);
      runner.tell("release");
      await runner.says("released 1");
      expect(isFreeForShell(root)).toBe(true);
      expect(await readRun({ root }, ended, { timeZone: "America/New_York" })).toMatchObject({
        status: "completed",
      });

      runner.tell("hold");
      const killed = await runner.says("held 2");
      expect(isFreeForShell(root)).toBe(false);
      killGroup(runner);
      const next = await runIn(localDisk(root), () => "in", { onHeld: "wait", waitFor: "PT800S" });
      expect(next).toMatchObject({ status: "completed", value: "in" });
      expect(await readRun({ root }, killed, { timeZone: "America/New_York" })).toMatchObject({
        status: "abandoned",
      });
      await Promise.all([holder.ended, runner.ended]);
    });
  });
});

describe("a process that waits for the lock", () => {
  it("gets it when the run that holds it is killed", async () => {
    const root = temp();
    const [holder, waiter] = [startRunner("obey", [root]), startRunner("obey", [root])];
    await Promise.all([holder.says("ready"), waiter.says("ready")]);
    holder.tell("hold");
    await holder.says("held 1");
    waiter.tell("run wait PT800S");
    waiter.tell("run skip");
    expect(await waiter.says("run 2:")).toBe("skipped");
    expect(waiter.lines().some((line) => line.startsWith("run 1:"))).toBe(false);
    killGroup(holder);
    expect(await waiter.says("run 1:")).toBe("completed");
    expect(isFreeForShell(root)).toBe(true);
    killGroup(waiter);
    await Promise.all([holder.ended, waiter.ended]);
  });
});
