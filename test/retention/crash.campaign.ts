import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localDisk, memoryStorage, type RetentionPlan, type Storage } from "bronzestore";
import { afterAll, describe, expect, it } from "vitest";
import { builtChild } from "../built-child.js";
import { campaign } from "../campaign.js";
import { Death, dyingAt } from "../gold/hooked-storage.js";
import {
  ALL,
  answers,
  filesBelow,
  freezeGame,
  LATER,
  OLD,
  oddsFiles,
  proven,
  retentionWorld,
  type World,
  writeBoard,
} from "./world.js";

const child = builtChild(new URL("./children/worker.ts", import.meta.url));
const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

const WORK = {
  prune: ({ retention }: World) => retention.planPrune(ALL),
  "prune of parts": ({ retention }: World) => retention.planPrune(ALL),
  compact: ({ retention }: World) => retention.planCompact({ ...OLD, into: "day" }),
  undo: ({ retention }: World) => retention.planCompact({ ...OLD, into: "files" }),
} as const;
type Kind = keyof typeof WORK;

async function newWorld(kind: Kind, storage: Storage = memoryStorage()): Promise<World> {
  const world = retentionWorld(storage);
  await writeBoard(world, [23, 24]);
  await freezeGame(world, "g1");
  if (kind === "undo" || kind === "prune of parts") await world.retention.apply(await WORK.compact(world));
  // What it put in the trash is not what dies here.
  if (kind === "prune of parts")
    await retentionWorld(storage, LATER).retention.emptyTrash({ olderThan: "P7D" });
  return world;
}

/** Where a plan begins and where it ends, when nothing comes in between. */
async function undisturbed(kind: Kind) {
  const world = await newWorld(kind);
  const before = await answers(world);
  const plan = await WORK[kind](world);
  await world.retention.apply(plan);
  const files = (await filesBelow(world.storage, "")).filter((path) => !path.endsWith("_record.json"));
  return { plan, before, after: await answers(world), odds: await oddsFiles(world), files };
}
type Expected = Awaited<ReturnType<typeof undisturbed>>;

/** After a death: old or new, never both or half; and a second plan and apply ends where an undisturbed one does. */
async function survives(world: World, kind: Kind, expected: Expected, where: string): Promise<void> {
  expect([expected.before, expected.after], where).toContain(await answers(world));
  expect(await proven(world), where).toEqual([]);
  await world.retention.apply(await WORK[kind](world));
  expect(await answers(world), where).toBe(expected.after);
  expect(await oddsFiles(world), where).toEqual(expected.odds);
  const files = (await filesBelow(world.storage, "")).filter((path) => !path.endsWith("_record.json"));
  const untrashed = (paths: readonly string[]) =>
    paths
      .filter((path) => !/\.tmp$/.test(path))
      .map((path) => path.replace(/^(\.trash|bronze\/_gold)\/[0-9a-f]+/, "$1"));
  expect(untrashed(files).sort(), where).toEqual(untrashed(expected.files).sort());
  expect(await proven(world), where).toEqual([]);
  expect((await WORK[kind](world)).pending, where).toEqual([]);
}

describe.each(["prune", "prune of parts", "compact", "undo"] as const)("a %s that dies", (kind) => {
  it.each(["before", "after"] as const)("%s any storage call is finished by the next", async (when) => {
    const expected = await undisturbed(kind);
    let index = 0;
    const seen = new Set<string>();
    for (; ; index++) {
      const world = await newWorld(kind);
      const plan = await WORK[kind](world);
      const dying = dyingAt(world.storage, index, when);
      const error = await retentionWorld(dying.storage)
        .retention.apply(plan)
        .then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
      if (!dying.died) break;
      expect(error).toBeInstanceOf(Death);
      const call = dying.died;
      // After a call that changes nothing the tree is as it was before it.
      const changes = !["list", "read", "stat"].includes(call);
      if (when === "after" && !changes) continue;
      seen.add(call);
      await survives(world, kind, expected, `${when} call ${index}, ${call}`);
    }
    expect(index).toBeGreaterThan(40);
    for (const call of ["publish", "replace", "swap", "remove", "lock"]) expect(seen).toContain(call);
  });

  it("dies again and again, one call later each time, and still ends", async () => {
    const expected = await undisturbed(kind);
    const world = await newWorld(kind);
    for (let index = 0; ; index += 3) {
      const dying = dyingAt(world.storage, index, "before");
      const again = retentionWorld(dying.storage);
      await WORK[kind](again)
        .then((plan: RetentionPlan) => again.retention.apply(plan))
        .catch((error: unknown) => expect(error).toBeInstanceOf(Death));
      expect([expected.before, expected.after]).toContain(await answers(world));
      if (!dying.died) break;
    }
    await survives(world, kind, expected, "after many deaths");
  });

  // What an undo did is taken back by compacting again.
  it.each(
    kind === "undo" ? [] : (["before", "after"] as const),
  )("and is taken back: a restore that dies %s any call, too", async (when) => {
    const expected = await undisturbed(kind);
    for (let index = 0; ; index++) {
      const world = await newWorld(kind);
      await world.retention.apply(expected.plan);
      const dying = dyingAt(world.storage, index, when);
      await retentionWorld(dying.storage)
        .retention.restore(expected.plan.id)
        .catch((error: unknown) => expect(error).toBeInstanceOf(Death));
      expect([expected.before, expected.after], `call ${index}`).toContain(await answers(world));
      // Done but for the record, there is nothing left to take back.
      await world.retention.restore(expected.plan.id).catch((error) => expect(error.code).toBe("NOT_FOUND"));
      expect(await answers(world), `call ${index}`).toBe(expected.before);
      expect(await filesBelow(world.storage, ".trash"), `call ${index}`).toEqual([]);
      if (!dying.died) break;
    }
  });

  it("is really killed (SIGKILL) at system calls that change the disk, and finished by the next", async () => {
    const expected = await undisturbed(kind);
    const template = tempFolder();
    await newWorld(kind, localDisk(template));
    const last = await workerKilledAt(copyOf(template), kind, Number.MAX_SAFE_INTEGER);
    expect(last.killed).toBe(false);
    expect(last.calls).toBeGreaterThan(50);
    // A step that is coprime to what repeats, so that all kinds of calls are met.
    const { count: apart } = campaign({ small: 13, large: 1, seed: 0 });
    for (let index = 1; index <= last.calls; index += apart) {
      const root = copyOf(template);
      const { killed } = await workerKilledAt(root, kind, index);
      expect(killed).toBe(true);
      await survives(retentionWorld(localDisk(root)), kind, expected, `SIGKILL at system call ${index}`);
      rmSync(root, { recursive: true, force: true });
    }
  });

  it.each(
    kind === "undo" ? (["empty"] as const) : (["restore", "empty"] as const),
  )("once applied, is really killed (SIGKILL) again: in %s", async (work) => {
    const expected = await undisturbed(kind);
    const { id } = expected.plan;
    const template = tempFolder();
    const world = await newWorld(kind, localDisk(template));
    await world.retention.apply(await WORK[kind](world));
    const last = await workerKilledAt(copyOf(template), work, Number.MAX_SAFE_INTEGER, id);
    expect(last.killed).toBe(false);
    expect(last.calls).toBeGreaterThan(5);
    const { count: apart } = campaign({ small: last.calls > 20 ? 7 : 1, large: 1, seed: 0 });
    for (let index = 1; index <= last.calls; index += apart) {
      const root = copyOf(template);
      const where = `SIGKILL at system call ${index}`;
      const { killed } = await workerKilledAt(root, work, index, id);
      expect(killed, where).toBe(true);
      const after = retentionWorld(localDisk(root), LATER);
      expect(work === "empty" ? [expected.after] : [expected.before, expected.after], where).toContain(
        await answers(after),
      );
      expect(await proven(after), where).toEqual([]);
      if (work === "empty") await after.retention.emptyTrash({ olderThan: "P7D" });
      else await after.retention.restore(id).catch((error) => expect(error.code, where).toBe("NOT_FOUND"));
      expect(await answers(after), where).toBe(work === "empty" ? expected.after : expected.before);
      const left = await filesBelow(after.storage, ".trash");
      expect(
        left.filter((path) => !path.endsWith(".tmp")),
        where,
      ).toEqual([]);
      rmSync(root, { recursive: true, force: true });
    }
  });
});

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "bronze-retention-"));
  made.push(folder);
  return folder;
}

function copyOf(template: string): string {
  const root = tempFolder();
  cpSync(template, root, { recursive: true });
  return root;
}

/** Works in a process of its own, which kills itself just before its `index`th changing system call. */
async function workerKilledAt(root: string, work: Kind | "restore" | "empty", index: number, plan = "") {
  const worker = spawn(process.execPath, [child(), root, work, String(index), plan], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  worker.stdout.on("data", (chunk) => {
    output += chunk;
  });
  const signal = await new Promise((resolve) => worker.on("close", (_, sent) => resolve(sent)));
  return { killed: signal === "SIGKILL", calls: Number(output) };
}
