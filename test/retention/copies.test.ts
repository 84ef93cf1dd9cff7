import { type BronzeError, memoryStorage, type Storage } from "bronzestore";
import { describe, expect, it } from "vitest";
import { errorOf } from "../error-of.js";
import { Death, hooked } from "../gold/hooked-storage.js";
import {
  ALL,
  answers,
  DAY,
  filesBelow,
  OLD,
  retentionWorld,
  type World,
  writeBoard,
  writeRun,
} from "./world.js";

/** What copy tools leave out, and what is then read of a day that was compacted or pruned. */

const MAKE = {
  "into-day": ({ retention }: World) => retention.planCompact({ ...OLD, into: "day" }),
  prune: ({ retention }: World) => retention.planPrune({ ...ALL }),
} as const;

/** A world in which retention got as far as `until`, and what was and is answered there. */
async function worldAt(
  rule: keyof typeof MAKE,
  until: "outputs" | "commit" | "first move" | "end" | "emptied",
) {
  const world = retentionWorld();
  await writeBoard(world, [23, 24]);
  const before = await answers(world);
  const plan = await MAKE[rule](world);
  const dies = (call: string, path: string) =>
    until === "outputs"
      ? call === "publish" && path.includes(".compacted-")
      : until === "commit"
        ? call === "swap" && path.endsWith("_retention.json")
        : until === "first move" && call === "remove";
  const storage = hooked(world.storage, {
    async after(call, _, path) {
      if (dies(call, path)) throw new Death();
    },
  });
  await retentionWorld(storage)
    .retention.apply(plan)
    .catch((error) => expect(error).toBeInstanceOf(Death));
  if (until === "emptied")
    await retentionWorld(world.storage, "2026-04-01T00:00:00Z").retention.emptyTrash({ olderThan: "P7D" });
  return { world, before, now: await answers(world), plan };
}

async function copied(from: Storage, isLeftOut: (path: string) => boolean): Promise<World> {
  const storage = memoryStorage();
  for (const path of await filesBelow(from, ""))
    if (!isLeftOut(path)) await storage.publish(path, await from.read(path));
  return retentionWorld(storage);
}

const LEFT_OUT = {
  "names with _": (path: string) => path.split("/").some((name) => name.startsWith("_")),
  "names with .": (path: string) => path.startsWith("."),
  "names with _ or .": (path: string) => /(^|\/)[_.]/.test(path),
  "the state alone": (path: string) => path.endsWith("_retention.json"),
  "compacted files": (path: string) => path.includes(".compacted-"),
  "compacted files and states": (path: string) => path.includes(".compacted-") || path.includes("_retention"),
  "the first run": (path: string) => path.startsWith(`${DAY}/run_ts=20260115T230500Z/`),
} as const;

type Answer = "now" | "error" | "less";

// "less": the copy lacks files and nothing in it could say so; what is there is read.
const TABLE = {
  outputs: row("now", "now", "now", "now", "now", "now", "error"),
  commit: row("now", "now", "now", "now", "error", "now", "now"),
  "first move": row("error", "now", "error", "error", "error", "less", "now"),
  end: row("error", "now", "error", "error", "error", "less", "now"),
  emptied: row("error", "now", "error", "error", "error", "less", "now"),
} as const;

function row(...answers: Answer[]): Record<keyof typeof LEFT_OUT, Answer> {
  return Object.fromEntries(Object.keys(LEFT_OUT).map((name, i) => [name, answers[i]])) as never;
}

const CASES = Object.entries(TABLE).flatMap(([until, row]) =>
  Object.entries(row).map(([leftOut, answer]) => [until, leftOut, answer] as const),
);

describe("a copy of a compacted day", () => {
  it.each(CASES)("(up to %s) without %s: %s", async (until, leftOut, answer) => {
    const { world, now } = await worldAt("into-day", until as "end");
    const copy = await copied(world.storage, LEFT_OUT[leftOut as keyof typeof LEFT_OUT]);
    const said = await answers(copy).catch((error: BronzeError) => error.code);
    if (answer === "now") expect(said).toBe(now);
    else if (answer === "error") expect(said).toBe("RETENTION_INVALID");
    else expect(JSON.parse(said)[0]).toBeLessThan(JSON.parse(now)[0]);
    // What cannot be read is not written to either: a name given out anew would be there twice once the state is back.
    if (answer === "error" && leftOut !== "compacted files") {
      const there = await filesBelow(copy.storage, "");
      expect((await errorOf(writeRun(copy, 23 * 60 + 5))).code).toBe("RETENTION_INVALID");
      expect(await filesBelow(copy.storage, "")).toEqual(there);
    }
    // Nothing but the whole tree makes the rest right again, and nothing that is done to the copy is in its way.
    await copy.retention
      .apply(await copy.retention.planPrune({ ...ALL, before: "2026-01-01" }))
      .catch(() => {});
    for (const path of await filesBelow(world.storage, ""))
      await copy.storage.replace(path, await world.storage.read(path));
    expect(await answers(copy)).toBe(now);
  });

  it("that gets its originals back from an older copy reads each row once", async () => {
    const { world, now, plan } = await worldAt("into-day", "end");
    for (const { path } of plan.days[0]!.remove)
      await world.storage.publish(path, await world.storage.read(`.trash/${plan.id}/${path}`));
    expect(await answers(world)).toBe(now);
    const { ignored } = await world.bronze.readBronzeDay("odds_raw", "2026-01-15", { acceptPruned: true });
    expect(ignored.map(({ reason }) => reason.replace(/-[0-9a-f]{16}/, ""))).toEqual(
      plan.days[0]!.remove.map(() => "its rows are in run_ts=20260116T004500Z/odds.compacted.parquet"),
    );
  });
});

describe("a copy of a pruned day", () => {
  it.each([
    "commit",
    "first move",
    "end",
  ] as const)("(up to %s) without its state reads what lies there", async (until) => {
    const { world, before, now } = await worldAt("prune", until);
    const copy = await copied(world.storage, LEFT_OUT["names with _ or ."]);
    const said = await answers(copy);
    if (until === "commit") expect(said).toBe(before);
    if (until === "end") expect(said).toBe(now);
    if (until === "first move") expect(JSON.parse(said)[0]).toBe(JSON.parse(before)[0] - 4);
  });
});

describe("the trash", () => {
  const LATER = "2026-04-01T00:00:00Z";
  const empty = (world: World) =>
    retentionWorld(world.storage, LATER).retention.emptyTrash({ olderThan: "P7D" });

  it.each([
    ["is missing", undefined],
    ["has one bit turned", 0],
    ["is another file of the day", 1],
  ] as const)("keeps its files while what replaced them %s", async (_, how) => {
    const { world, before, plan } = await worldAt("into-day", "end");
    const { path } = plan.days[0]!.outputs[0]!;
    const right = await world.storage.read(path);
    const other = await world.storage.read(`.trash/${plan.id}/${plan.days[0]!.remove[0]!.path}`);
    const turned = Uint8Array.from(right);
    turned[right.length >> 1]! ^= 1;
    if (how === undefined) await world.storage.remove(path);
    else await world.storage.replace(path, how === 0 ? turned : other);
    const trash = await filesBelow(world.storage, ".trash");
    expect((await errorOf(empty(world))).code).toBe("RETENTION_INVALID");
    expect(await filesBelow(world.storage, ".trash")).toEqual(trash);
    await world.storage.replace(path, right);
    expect(await answers(world)).toBe(before);
    expect(await empty(world)).toMatchObject({ filesDeleted: 6 });
    expect(await answers(world)).toBe(before);
  });

  it("keeps its files while the day has no state, or its copies are not what was put there", async () => {
    for (const rule of ["into-day", "prune"] as const) {
      const { world, plan } = await worldAt(rule, "end");
      const state = await world.storage.read(`${DAY}/_retention.json`);
      await world.storage.remove(`${DAY}/_retention.json`);
      expect((await errorOf(empty(world))).code).toBe("RETENTION_INVALID");
      await world.storage.replace(`${DAY}/_retention.json`, state);
      const copy = `.trash/${plan.id}/${plan.days[0]!.remove[0]!.path}`;
      const right = await world.storage.read(copy);
      await world.storage.replace(
        copy,
        Uint8Array.from(right, (byte, i) => (i === 40 ? byte ^ 1 : byte)),
      );
      expect((await errorOf(empty(world))).code).toBe("RETENTION_INVALID");
      await world.storage.replace(copy, right);
      expect(await empty(world)).toMatchObject({ plans: [plan.id], filesDeleted: 6 });
    }
  });

  it("is emptied of what was compacted twice, and of what was pruned since", async () => {
    const { world, before, plan } = await worldAt("into-day", "end");
    await writeBoard(world, [25]);
    const second = await MAKE["into-day"](world);
    await world.retention.apply(second);
    const now = await answers(world);
    expect(now).not.toBe(before);
    expect(await empty(world)).toMatchObject({
      plans: expect.arrayContaining([plan.id, second.id]),
      filesDeleted: 6 + 4,
    });
    expect(await answers(world)).toBe(now);
    const third = await MAKE.prune(world);
    await world.retention.apply(third);
    expect(await empty(world)).toMatchObject({ plans: [third.id], filesDeleted: 1 });
  });
});
