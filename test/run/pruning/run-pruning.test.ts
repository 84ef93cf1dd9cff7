import {
  defineSchedule,
  describeRunPlan,
  doctor,
  memoryStorage,
  type RunPlan,
  readPointer,
  readRun,
  type Storage,
  stageOutput,
  withRun,
  writePointer,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import { errorOf } from "../../error-of.js";
import {
  clockAt,
  copyOf,
  goldOf,
  minutes,
  NOW,
  POINTER,
  pruningOf,
  ROWS,
  runAt,
  runsTree,
  ZONE,
} from "./world.js";

const ALL = { olderThan: "P7D", locks: [], firstOfHour: false } as const;
const idsOf = ({ days }: RunPlan) => days.flatMap(({ runs }) => runs.map(({ runId }) => runId));
const reasonsOf = ({ kept }: RunPlan) =>
  Object.fromEntries(kept.map(({ path, reason }) => [path.split("/").at(-1), reason]));

/** Runs at these times of 15 January, and one of February, which the pointer names. */
async function evening(...times: string[]): Promise<{ storage: Storage; ids: string[] }> {
  const storage = memoryStorage();
  const ids: string[] = [];
  for (const time of times) ids.push(await runAt(storage, `2026-01-15T${time}Z`));
  await runAt(storage, "2026-02-19T12:00:00Z");
  return { storage, ids };
}

/** What a later run gets of a run's output. It runs in a copy, since a run that stays keeps what it needed. */
async function asked(tree: Storage, run: string): Promise<unknown> {
  let value: unknown;
  const storage = await copyOf(tree);
  await withRun({ storage, name: "later", timeZone: ZONE, clock: clockAt(NOW) }, async (later) => {
    const needs = { rows: stageOutput("minutes", minutes, { run }) };
    await later.stage("use", { needs }, ({ rows }) => {
      value = rows;
    });
  });
  return value;
}

describe("a plan over runs", () => {
  it("takes kept outputs and own files of old runs, and leaves their run files", async () => {
    const { storage, ids } = await evening("17:00:00", "17:05:00");
    const pruning = pruningOf(storage);
    const plan = await pruning.plan(ALL);
    expect(idsOf(plan)).toEqual(ids);
    const [run] = plan.days[0]!.runs;
    expect(run).toMatchObject({ name: "live", status: "completed", record: false });
    expect(run!.remove.map(({ path }) => path)).toEqual([
      `runs/2026-01-15/${ids[0]}/log.txt`,
      `runs/2026-01-15/${ids[0]}/minutes.json`,
    ]);
    const before = await runsTree(storage);
    expect(await pruning.apply(JSON.parse(JSON.stringify(plan)))).toMatchObject({
      status: "applied",
      runs: 2,
      filesRemoved: 4,
      bytesRemoved: plan.bytes.removed,
    });
    const gone = [...before.keys()].filter((path) => ids.some((id) => path.includes(`/${id}/`)));
    const after = await runsTree(storage);
    expect([...after.keys()].sort()).toEqual(
      [...before.keys(), "runs/2026-01-15/_retention.json"].filter((path) => !gone.includes(path)).sort(),
    );
    expect(await pruning.apply(plan)).toMatchObject({ status: "nothing", runs: 0 });
    expect(idsOf(await pruning.plan(ALL))).toEqual([]);
  });

  it("says that a run was pruned to whoever asks for it, and where to get it back", async () => {
    const { storage, ids } = await evening("17:00:00");
    const [id] = ids as [string];
    expect(await asked(storage, id)).toEqual(ROWS);
    const pruning = pruningOf(storage);
    const plan = await pruning.plan(ALL);
    await pruning.apply(plan);
    const error = await errorOf(asked(storage, id));
    expect(error.code).toBe("RUN_PRUNED");
    expect(error.message).toContain(plan.id);
    const record = await readRun({ storage }, id, { timeZone: ZONE });
    expect(record).toMatchObject({ status: "completed", pruned: [{ plan: plan.id, record: false }] });
    expect(record.pruned![0]!.files.map(({ path }) => path)).toEqual([`${id}/log.txt`, `${id}/minutes.json`]);
    expect(String(record)).toContain(`2 files pruned`);

    const more = await pruning.plan({ ...ALL, records: true });
    expect(more.days[0]!.runs[0]!.remove.map(({ path }) => path)).toEqual([`runs/2026-01-15/${id}.json`]);
    await pruning.apply(more);
    for (const ask of [() => asked(storage, id), () => readRun({ storage }, id, { timeZone: ZONE })])
      expect(await errorOf(ask())).toMatchObject({ code: "RUN_PRUNED", details: { plan: more.id } });
    // The first plan's files cannot come back to a run that has no file.
    expect(await errorOf(pruning.restore(plan.id))).toMatchObject({ code: "RETENTION_REFUSED" });

    await pruning.restore(more.id);
    await pruning.restore(plan.id);
    expect(await asked(storage, id)).toEqual(ROWS);
    expect((await readRun({ storage }, id, { timeZone: ZONE })).pruned).toBeUndefined();
  });

  it("takes run files too where that is asked for", async () => {
    const { storage, ids } = await evening("17:00:00", "17:05:00");
    const before = await runsTree(storage);
    const pruning = pruningOf(storage);
    const plan = await pruning.plan({ ...ALL, records: true });
    await pruning.apply(plan);
    const left = [...(await runsTree(storage)).keys()].filter((path) => ids.some((id) => path.includes(id)));
    expect(left).toEqual([]);
    await pruning.restore(plan.id);
    expect(await runsTree(storage)).toEqual(before);
  });

  it("keeps the first run of each hour and the last before each lock, of each pipeline", async () => {
    const storage = memoryStorage();
    const ids = new Map<string, string>();
    const run = async (name: string, time: string) =>
      ids.set(`${name} ${time}`, await runAt(storage, `2026-01-15T${time}Z`, { name }));
    for (const time of ["17:10:00", "17:40:00", "17:59:59", "18:00:00", "18:20:00"]) await run("live", time);
    await run("sims", "17:45:00");
    await runAt(storage, "2026-02-19T12:00:00Z");
    const plan = await pruningOf(storage).plan({ olderThan: "P7D", locks: ["2026-01-15T17:59:59Z"] });
    expect(reasonsOf(plan)).toEqual({
      [ids.get("live 17:10:00")!]: "it is the first run of its hour",
      [ids.get("live 17:59:59")!]: "it is the last run before the lock at 2026-01-15T17:59:59Z",
      [ids.get("live 18:00:00")!]: "it is the first run of its hour",
      [ids.get("sims 17:45:00")!]: "it is the first run of its hour",
    });
    expect(idsOf(plan)).toEqual([ids.get("live 17:40:00"), ids.get("live 18:20:00")]);
  });

  it("takes locks from a schedule: tips less the spans of snapshot types", async () => {
    const { storage, ids } = await evening("23:40:00", "23:50:00", "23:59:00");
    const schedule = defineSchedule([{ game_id: "g1", tip_ts: "2026-01-16T00:00:00Z" }], { timeZone: ZONE });
    const snapshots = { lock: "PT15M", pretip: "PT0S" };
    const asked = { olderThan: "P7D", firstOfHour: false, locks: [] };
    const plan = await pruningOf(storage).plan({ ...asked, tips: { schedule, snapshots } });
    expect(plan.locks).toEqual(["2026-01-15T23:45:00Z", "2026-01-16T00:00:00Z"]);
    expect(idsOf(plan)).toEqual([ids[1]]);
    const dated = (game_date: string) => ({
      schedule: defineSchedule([{ game_id: "g2", game_date }], { timeZone: ZONE }),
      snapshots,
    });
    const unknown = pruningOf(storage).plan({ ...asked, tips: dated("2026-01-15") });
    expect(await errorOf(unknown)).toMatchObject({ code: "INVALID_ARGUMENT" });
    // A game that is still to come may have no tip-off yet.
    expect((await pruningOf(storage).plan({ ...asked, tips: dated("2026-04-15") })).locks).toEqual([]);
  });

  it("counts days of the zone where days are said, and hours where hours are", async () => {
    const storage = memoryStorage();
    const late = await runAt(storage, "2026-01-16T04:30:00Z"); // 23:30 of the 15th in New York
    const early = await runAt(storage, "2026-01-16T05:30:00Z"); // 00:30 of the 16th
    await runAt(storage, "2026-01-17T00:00:00Z");
    const at = async (window: object) =>
      idsOf(
        await pruningOf(storage, { now: "2026-01-17T04:45:00Z" }).plan({
          ...window,
          locks: [],
          firstOfHour: false,
        } as never),
      );
    // Now it is 23:45 of the 16th there: the 15th is the day of a day ago, and has not ended a day ago.
    expect(await at({ olderThan: "P1D" })).toEqual([]);
    expect(await at({ olderThan: { days: 0 } })).toEqual([late]);
    expect(await at({ olderThan: "PT24H" })).toEqual([late]);
    expect(await at({ olderThan: "PT23H" })).toEqual([late, early]);
    expect(await at({ before: "2026-01-16" })).toEqual([late]);
  });

  it("keeps what a kept run needed, and what that needed", async () => {
    const storage = memoryStorage();
    const first = await runAt(storage, "2026-01-15T17:00:00Z", { name: "scrape" });
    const second = await runAt(storage, "2026-01-15T17:05:00Z", { name: "rates", needs: first });
    const third = await runAt(storage, "2026-02-19T12:00:00Z", { name: "sim", needs: second });
    const other = await runAt(storage, "2026-01-15T17:06:00Z", { name: "rates", needs: first });
    await writePointer({ storage }, POINTER, { run_id: third, run_as_of_ts: "2026-02-19T12:00:00Z" });
    const plan = await pruningOf(storage).plan(ALL);
    expect(idsOf(plan)).toEqual([other]);
    expect(reasonsOf(plan)).toEqual({
      [first]: `stage "minutes" of run ${second} needed its output`,
      [second]: `stage "minutes" of run ${third} needed its output`,
    });
  });

  it("keeps what pointers name: those given, and those that a run says it moved", async () => {
    const { storage, ids } = await evening("17:00:00", "17:05:00", "17:10:00");
    const point = (path: string, run_id: string) =>
      writePointer({ storage }, path, { run_id, run_as_of_ts: "2026-01-15T17:00:00Z" }, { force: true });
    await point("pointers/other.json", ids[0]!);
    await point(POINTER, ids[1]!);
    const plan = await pruningOf(storage, { pointers: ["pointers/other.json"] }).plan(ALL);
    expect(reasonsOf(plan)).toEqual({
      [ids[0]!]: "the pointer pointers/other.json names it",
      [ids[1]!]: `the pointer ${POINTER} names it`,
    });
    expect(idsOf(plan)).toEqual([ids[2]]);
    const missing = () => pruningOf(storage, { pointers: ["pointers/othr.json"] }).plan(ALL);
    expect(await errorOf(missing())).toMatchObject({ code: "NOT_FOUND" });
    await storage.replace("pointers/other.json", new TextEncoder().encode("{"));
    const damaged = () => pruningOf(storage, { pointers: ["pointers/other.json"] }).plan(ALL);
    expect(await errorOf(damaged())).toMatchObject({ code: "POINTER_INVALID" });
  });

  it("keeps what manifests name, ours and those of other programs", async () => {
    const { storage, ids } = await evening("17:05:00", "17:10:00");
    const slate = { season: 2025, game_date: "2026-01-15", game_id: "g1" };
    const froze = await runAt(storage, "2026-01-16T00:30:00Z", {
      work: (run) =>
        run.gold.freeze({ slate, snapshot: "lock", tip: "2026-01-16T00:00:00Z" }, async () => [{ n: 1 }]),
    });
    await storage.publish(
      "gold/old/notes.json",
      new TextEncoder().encode(JSON.stringify({ source: [`minutes of ${ids[1]}`] })),
    );
    await runAt(storage, "2026-02-19T13:00:00Z");
    const plan = await pruningOf(storage, { gold: [goldOf(storage)] }).plan(ALL);
    expect(idsOf(plan)).toEqual([ids[0]]);
    expect(reasonsOf(plan)).toMatchObject({
      [froze]: expect.stringMatching(/^the manifest gold\/slates\/.*manifest\.lock\.json names it$/),
      [ids[1]!]: "the foreign manifest gold/old/notes.json names it",
    });
    // Not given, the store may name any of them.
    expect(await errorOf(pruningOf(storage).plan(ALL))).toMatchObject({ code: "GOLD_MISSING" });
    await storage.publish("gold/old/half.json", new TextEncoder().encode('{"run": "2026'));
    const half = () => pruningOf(storage, { gold: [goldOf(storage)] }).plan(ALL);
    expect(await errorOf(half())).toMatchObject({ code: "MANIFEST_INVALID" });
  });

  it("never touches a run that has not ended, from inside or outside", async () => {
    const { storage } = await evening();
    await runAt(storage, "2026-01-15T17:00:00Z", {
      work: async (run) => {
        const plan = await pruningOf(storage, { pointers: [] }).plan(ALL);
        expect(idsOf(plan)).toEqual([]);
        expect(reasonsOf(plan)).toEqual({ [run.id]: "its run file says that it is under way" });
      },
    });
  });

  it("keeps what has no run file, and stops at a run file that cannot be read", async () => {
    const { storage, ids } = await evening("17:00:00");
    await storage.remove(`runs/2026-01-15/${ids[0]}.json`);
    const plan = await pruningOf(storage).plan(ALL);
    expect(idsOf(plan)).toEqual([]);
    expect(plan.kept).toMatchObject([
      { path: `runs/2026-01-15/${ids[0]}`, reason: "it has no run file, so nobody knows what it is" },
    ]);
    await storage.publish(`runs/2026-01-15/${ids[0]}.json`, new TextEncoder().encode("{}"));
    const error = await errorOf(pruningOf(storage).plan(ALL));
    expect(error).toMatchObject({ code: "RUN_INVALID", message: expect.stringContaining("needed") });
  });

  it("is printed, kept as JSON, and refused where a word of it was changed", async () => {
    const { storage, ids } = await evening("17:00:00", "17:05:00");
    const pruning = pruningOf(storage);
    const plan = await pruning.plan({ olderThan: "P7D", locks: [] });
    expect(describeRunPlan(JSON.parse(JSON.stringify(plan))).split("\n")).toEqual([
      `${plan.id}: kept outputs and own files of runs of days older than "P7D"`,
      `  ${plan.bytes.removed} bytes to the trash, ${plan.bytes.kept} bytes kept`,
      `  runs/2026-01-15: 2 files of 1 run, ${plan.bytes.removed} bytes`,
      `  kept, 1 run, ${plan.bytes.kept} bytes: runs/2026-01-15/${ids[0]}: it is the first run of its hour`,
    ]);
    expect(String(plan)).toContain(plan.id);
    const text = JSON.stringify(plan);
    for (const changed of [
      text.replace(ids[1]!, ids[0]!),
      text.replace('"firstOfHour":true', '"firstOfHour":false'),
      text.replace('"records":false', '"records":true'),
    ])
      expect(await errorOf(pruning.apply(JSON.parse(changed)))).toMatchObject({
        code: "RETENTION_INVALID",
      });
  });
});

describe("between plan and apply", () => {
  it("a pointer that moves to a planned run keeps it", async () => {
    const { storage, ids } = await evening("17:00:00", "17:05:00");
    const pruning = pruningOf(storage);
    const plan = await pruning.plan(ALL);
    const before = await runsTree(storage);
    const to = { run_id: ids[0]!, run_as_of_ts: "2026-01-15T17:00:00Z" };
    await writePointer({ storage }, POINTER, to, { force: true });
    const error = await errorOf(pruning.apply(plan));
    expect(error).toMatchObject({ code: "RETENTION_REFUSED", details: { run_id: ids[0] } });
    expect(await runsTree(storage)).toEqual(before);
    expect(idsOf(await pruning.plan(ALL))).toEqual([ids[1]]);
  });

  it("a pointer that moves while the plan is committed keeps it too, or moves after it", async () => {
    const { storage, ids } = await evening("17:00:00");
    const plan = await pruningOf(storage).plan(ALL);
    const before = await runsTree(storage);
    let moved = false;
    // It moves after the first look, when the record is written, before the locks are taken.
    const racing: Storage = {
      ...storage,
      async replace(path, bytes) {
        await storage.replace(path, bytes);
        if (moved || !path.startsWith(".trash/")) return;
        moved = true;
        const to = { run_id: ids[0]!, run_as_of_ts: "2026-01-15T17:00:00Z" };
        await writePointer({ storage }, POINTER, to, { force: true });
      },
    };
    const error = await errorOf(pruningOf(racing).apply(plan));
    expect(moved).toBe(true);
    expect(error).toMatchObject({ code: "RETENTION_REFUSED" });
    expect(await runsTree(storage)).toEqual(before);
    expect(await storage.list(`.trash/${plan.id}`)).toEqual([]);
  });

  it("a new run that needs a planned one keeps it", async () => {
    const { storage, ids } = await evening("17:00:00");
    const pruning = pruningOf(storage);
    const plan = await pruning.plan(ALL);
    await runAt(storage, "2026-02-19T13:00:00Z", { needs: ids[0]! });
    expect(await errorOf(pruning.apply(plan))).toMatchObject({ code: "RETENTION_REFUSED" });
  });

  it("a manifest that names a planned run keeps it", async () => {
    const { storage, ids } = await evening("17:00:00");
    const gold = [goldOf(storage)];
    const pruning = pruningOf(storage, { gold });
    const plan = await pruning.plan(ALL);
    await storage.publish("gold/notes.json", new TextEncoder().encode(JSON.stringify({ run: ids[0] })));
    expect(await errorOf(pruning.apply(plan))).toMatchObject({ code: "RETENTION_REFUSED" });
  });

  it("a run of which a file came, went or changed is another: the plan is stale", async () => {
    for (const change of ["came", "went", "changed"]) {
      const { storage, ids } = await evening("17:00:00");
      const pruning = pruningOf(storage);
      const plan = await pruning.plan(ALL);
      const folder = `runs/2026-01-15/${ids[0]}`;
      if (change === "came") await storage.publish(`${folder}/more.txt`, new Uint8Array([1]));
      if (change === "went") await storage.remove(`${folder}/log.txt`);
      if (change === "changed") await storage.replace(`${folder}/log.txt`, new Uint8Array([1]));
      const before = await runsTree(storage);
      expect(await errorOf(pruning.apply(plan)), change).toMatchObject({ code: "PLAN_STALE" });
      expect(await runsTree(storage), change).toEqual(before);
    }
  });

  it("new runs make nothing stale", async () => {
    const { storage } = await evening("17:00:00");
    const pruning = pruningOf(storage);
    const plan = await pruning.plan(ALL);
    await runAt(storage, "2026-02-19T13:00:00Z");
    expect((await readPointer({ storage }, POINTER))!.run_id).toContain("20260219T13");
    expect(await pruning.apply(plan)).toMatchObject({ status: "applied", runs: 1 });
  });
});

describe("the trash of runs", () => {
  it("is emptied after the time that was said, and a day at least", async () => {
    const { storage } = await evening("17:00:00");
    const plan = await pruningOf(storage).plan(ALL);
    await pruningOf(storage).apply(plan);
    const empty = (now: string, olderThan: string) => pruningOf(storage, { now }).emptyTrash({ olderThan });
    expect(await empty("2026-02-21T11:59:59Z", "PT0S")).toMatchObject({ plans: [], left: [plan.id] });
    expect(await empty("2026-02-25T12:00:00Z", "P14D")).toMatchObject({ plans: [], left: [plan.id] });
    expect(await empty("2026-02-21T12:00:00Z", "PT0S")).toMatchObject({
      plans: [plan.id],
      filesDeleted: 2,
      bytesDeleted: plan.bytes.removed,
      left: [],
    });
    expect(await errorOf(pruningOf(storage).restore(plan.id))).toMatchObject({ code: "NOT_FOUND" });
  });

  it("is kept while something names a run whose files lie there", async () => {
    const { storage, ids } = await evening("17:00:00");
    const plan = await pruningOf(storage).plan(ALL);
    await pruningOf(storage).apply(plan);
    const to = { run_id: ids[0]!, run_as_of_ts: "2026-01-15T17:00:00Z" };
    await writePointer({ storage }, POINTER, to, { force: true });
    const empty = () => pruningOf(storage, { now: "2026-03-20T12:00:00Z" }).emptyTrash({ olderThan: "P14D" });
    expect(await errorOf(empty())).toMatchObject({ code: "RETENTION_REFUSED" });
    await pruningOf(storage).restore(plan.id);
    expect(await asked(storage, ids[0]!)).toEqual(ROWS);
  });

  it("is kept while a copy in it, or what says that it was pruned, is damaged", async () => {
    const { storage, ids } = await evening("17:00:00");
    const plan = await pruningOf(storage).plan(ALL);
    await pruningOf(storage).apply(plan);
    const later = pruningOf(storage, { now: "2026-03-20T12:00:00Z" });
    const copy = `.trash/${plan.id}/runs/2026-01-15/${ids[0]}/log.txt`;
    const state = "runs/2026-01-15/_retention.json";
    for (const path of [copy, state, `.trash/${plan.id}/_runs.json`]) {
      const whole = await storage.read(path);
      await storage.replace(path, whole.slice(1));
      for (const work of [() => later.emptyTrash({ olderThan: "P14D" }), () => later.restore(plan.id)])
        expect((await errorOf(work())).code, path).toMatch(/^RETENTION_(INVALID|REFUSED)$/);
      await storage.replace(path, whole);
    }
    const whole = await storage.read(state);
    await storage.remove(state);
    for (const work of [() => later.emptyTrash({ olderThan: "P14D" }), () => later.restore(plan.id)])
      expect(await errorOf(work())).toMatchObject({ code: "RETENTION_INVALID" });
    await storage.replace(state, whole);
    await later.restore(plan.id);
    expect(await asked(storage, ids[0]!)).toEqual(ROWS);
  });

  it("is known to the doctor, and so is a damaged state", async () => {
    const { storage } = await evening("17:00:00");
    const plan = await pruningOf(storage).plan(ALL);
    await pruningOf(storage).apply(plan);
    const look = async () =>
      (await doctor({ storage }, { datasets: [], clock: clockAt(NOW) })).findings.map(({ code }) => code);
    expect(await look()).toEqual([]);
    await storage.replace("runs/2026-01-15/_retention.json", new TextEncoder().encode("{}"));
    expect(await look()).toEqual(["retention-state"]);
  });
});
