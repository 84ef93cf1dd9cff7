import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { localDisk, readRun } from "bronzestore";
import { expect, it } from "vitest";
import { filesIn } from "../../bronze/feeds.js";
import { tempFolders } from "../../storage/temp-folder.js";
import { isFreeForShell, type Runner, start, startRunner } from "./runner.js";

const temp = tempFolders();

const CALLED = { processes: 7, runsEach: 20 };
const COMMANDED = { processes: 2, runsEach: 6 };
const SHELL = { processes: 4, roundsEach: 12 };

/** A shell that adds one as often as told, under flock(1), when it gets a line. */
function startShellCounter(root: string): Runner {
  const once = `flock runs/.lock sh -c 'n=$(cat counter); echo $((n + 1)) > counter'`;
  const loop = `i=0; while [ $i -lt ${SHELL.roundsEach} ]; do ${once}; i=$((i + 1)); done`;
  return start("sh", ["-c", `cd '${root}'; echo ready; read go; ${loop}; echo counted`]);
}

it("of 200 contenders for one lock, runs and flock(1), each has its turn alone", async () => {
  const root = temp();
  mkdirSync(join(root, "runs"));
  writeFileSync(join(root, "counter"), "0\n");
  const many = <T>(length: number, make: () => T) => Array.from({ length }, make);
  const contenders = [
    ...many(CALLED.processes, () => startRunner("count", [root, String(CALLED.runsEach), "koffi"])),
    ...many(COMMANDED.processes, () =>
      startRunner("count", [root, String(COMMANDED.runsEach), "the flock command"]),
    ),
    ...many(SHELL.processes, () => startShellCounter(root)),
  ];
  await Promise.all(contenders.map((contender) => contender.says("ready")));
  for (const contender of contenders) contender.tell("go");
  await Promise.all(contenders.map((contender) => contender.says("counted")));
  for (const { code, stderr } of await Promise.all(contenders.map(({ ended }) => ended)))
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });

  expect(readFileSync(join(root, "counter"), "utf8")).toBe("200\n");
  expect(isFreeForShell(root)).toBe(true);
  const ids = (await filesIn(localDisk(root), "runs")).map((path) => path.slice(-30, -5));
  expect(new Set(ids).size).toBe(152);
  const spans = await Promise.all(
    ids.map(async (id) => {
      const { status, started_at, ended_at } = await readRun({ root }, id, { timeZone: "America/New_York" });
      expect(status).toBe("completed");
      return { began: Date.parse(started_at), ended: Date.parse(ended_at!) };
    }),
  );
  spans.sort((a, b) => a.began - b.began || a.ended - b.ended);
  expect(spans.filter(({ began }, i) => i > 0 && began < spans[i - 1]!.ended)).toEqual([]);
});
