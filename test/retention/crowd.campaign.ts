import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { localDisk } from "bronzestore";
import { expect, test } from "vitest";
import { builtChild } from "../built-child.js";
import { campaign } from "../campaign.js";
import { tempFolders } from "../storage/temp-folder.js";
import { randomFrom } from "../table/mutate.js";
import { crowdWorld, DAYS, dateOf, idsOf, said, WRITERS, writeMornings, wrongWith } from "./crowd.js";

const temp = tempFolders();
const project = fileURLToPath(new URL("../../", import.meta.url));
const script = builtChild(new URL("./children/crowd.ts", import.meta.url));

/** How often a tree is killed over before the next one: days stay as small as days are, and there are many first freezes. */
const KILLS_A_TREE = 25;

/** Who works on a tree at once; each ends itself before one of so many calls that change the disk, and is begun again. */
const CROWD = [
  ...WRITERS.map((name) => ({ role: "write", name, within: 120 })),
  ...["r1", "r2"].map((name) => ({ role: "read", name, within: 0 })),
  { role: "freeze", name: "f1", within: 80 },
  { role: "compact", name: "c1", within: 1500 },
];

/** Lets a crowd work on a tree until it has been killed often enough. @returns why one of them ended otherwise */
async function crowdOn(root: string, kills: number, random: (limit: number) => number): Promise<string[]> {
  const complaints: string[] = [];
  const running = new Set<ChildProcess>();
  let left = kills;
  const work = async ({ role, name, within }: (typeof CROWD)[number]) => {
    while (left > 0 && complaints.length === 0) {
      const at = within === 0 ? 0 : 1 + random(within);
      const args = [script(), root, role, name, String(at)];
      const child = spawn(process.execPath, args, { cwd: project, stdio: ["ignore", "ignore", "pipe"] });
      running.add(child);
      let complaint = "";
      child.stderr.on("data", (chunk) => {
        complaint += chunk;
      });
      const signal = await new Promise((resolve) => child.on("close", (_, sent) => resolve(sent)));
      running.delete(child);
      if (signal !== "SIGKILL") complaints.push(`${name}: ${complaint}`);
      left--;
      if (left <= 0 || complaints.length > 0) for (const other of running) other.kill("SIGKILL");
    }
  };
  await Promise.all(CROWD.map(work));
  return complaints;
}

/** All that was acknowledged, once; and every slate as it was. */
async function assertWhole(root: string): Promise<void> {
  const world = crowdWorld(localDisk(`${root}/tree`));
  const there: string[] = [];
  for (let day = 0; day < DAYS; day++)
    there.push(...(await world.bronze.readBronzeDay("lines", dateOf(day))).column("id"));
  const once = new Set(there);
  expect(there.length).toBe(once.size);
  const promised = WRITERS.flatMap((writer) =>
    said(root, writer).flatMap((seq) => idsOf(writer, Number(seq))),
  );
  expect(promised.filter((id) => !once.has(id))).toEqual([]);
  for (const line of said(root, "f1")) expect(await wrongWith(world, Number.parseInt(line, 10))).toEqual([]);
}

test("writers, readers, a freezer and a compactor that are killed all the time lose nothing and count nothing twice", async () => {
  const { count: kills, seed } = campaign({ small: 2 * KILLS_A_TREE, large: 2_000, seed: 29 });
  const random = randomFrom(seed);
  const done = new Map<string, number>();
  for (let killed = 0; killed < kills; killed += KILLS_A_TREE) {
    const root = temp();
    await writeMornings(crowdWorld(localDisk(`${root}/tree`)).bronze);
    const complaints = await crowdOn(root, KILLS_A_TREE, random);
    // All of it: of two texts that differ only the beginnings are shown.
    if (complaints.length > 0) throw new Error(complaints.join("\n"));
    for (const { role, name } of CROWD)
      for (const line of said(root, name)) {
        const what = `${role} ${line.split(" ").slice(1).join(" ")}`.trim();
        done.set(what, (done.get(what) ?? 0) + 1);
      }
    await assertWhole(root);
    // What the last one left half done is finished, and then there and back again.
    const { retention } = crowdWorld(localDisk(`${root}/tree`));
    for (const into of ["day", "files", "day"] as const) {
      await retention.apply(
        await retention.planCompact({ datasets: ["lines"], before: "2026-05-01", into, cutoffs: 2 }),
      );
      await assertWhole(root);
    }
    await crowdWorld(localDisk(`${root}/tree`), 30).retention.emptyTrash({ olderThan: "P7D" });
    await assertWhole(root);
  }
  console.log(
    `${kills} kills: ${[...done]
      .map(([what, times]) => `${times} ${what}`)
      .sort()
      .join(", ")}`,
  );
  for (const what of ["write", "freeze frozen", "read", "compact into day"])
    expect(done.get(what) ?? 0).toBeGreaterThan(0);
});
