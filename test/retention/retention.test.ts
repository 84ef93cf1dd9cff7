import { type BronzeView, type Build, describePlan, type RetentionPlan } from "bronzestore";
import { describe, expect, it } from "vitest";
import { readPartFacts } from "../../src/bronze/index.js";
import { openParquet } from "../../src/table/index.js";
import { quote, type roster, run } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";
import { hooked } from "../gold/hooked-storage.js";
import {
  ALL,
  answers,
  build,
  DATE,
  DAY,
  filesBelow,
  freezeGame,
  OLD,
  oddsFiles,
  proven,
  retentionWorld,
  slateOf,
  TIPS,
  type World,
  writeBoard,
  writeReports,
  writeRun,
} from "./world.js";

async function world(): Promise<World> {
  const made = retentionWorld();
  await writeBoard(made);
  await writeReports(made);
  await freezeGame(made, "g1");
  return made;
}

describe("planPrune", () => {
  it("makes a plan that is applied whole or not at all: further arguments are refused", async () => {
    const { retention, storage } = await world();
    const plan = await retention.planPrune(OLD);
    const before = await filesBelow(storage, "");
    const apply = retention.apply.bind(retention) as (...given: unknown[]) => Promise<unknown>;
    expect((await errorOf(apply(plan, { dryRun: true }))).code).toBe("INVALID_ARGUMENT");
    expect(await filesBelow(storage, "")).toEqual(before);
    await retention.apply(plan);
    const restore = retention.restore.bind(retention) as (...given: unknown[]) => Promise<unknown>;
    expect((await errorOf(restore(plan.id, { dryRun: true }))).code).toBe("INVALID_ARGUMENT");
  });

  it("says what goes, why, how many bytes, and what is kept because a manifest names it", async () => {
    const { retention } = await world();
    const plan = await retention.planPrune(OLD);
    // The lock of g1 is at 23:45: it read the runs of 22:05 to 23:45, the last of which is its whole answer. The first
    // stays too, for the types of the columns are its.
    const [day] = plan.days;
    expect(plan.days).toHaveLength(1);
    expect(day!.remove.map(({ path }) => path.slice(DAY.length + 1))).toEqual(
      [
        "20260115T222500Z",
        "20260115T224500Z",
        "20260115T230500Z",
        "20260115T232500Z",
        "20260116T000500Z",
        "20260116T002500Z",
        "20260116T004500Z",
        "20260116T010500Z",
        "20260116T012500Z",
        "20260116T014500Z",
      ].map((runTs) => `run_ts=${runTs}/odds.parquet`),
    );
    expect(day!.remove.map(({ why }) => why)).toEqual([
      ...new Array(4).fill("older than the window, and no answer of a manifest that names it needs it"),
      ...new Array(6).fill("older than the window, and no manifest names it"),
    ]);
    expect(plan.refused).toHaveLength(2);
    expect(plan.refused[0]!.reason).toBe(
      `decides the answer of gold/slates/season=2025/game_date=2026-01-15/game_id=g1/manifest.lock.json`,
    );
    expect(plan.bytes.removed).toBe(day!.remove.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    expect(plan.certificate).toMatchObject({ manifests: 1, questions: 1 });
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(describePlan(plan)).toContain("odds_raw 2026-01-15: 10 files");
  });

  it("touches nothing", async () => {
    const { retention, storage } = await world();
    const before = await filesBelow(storage, "");
    await retention.planPrune(OLD);
    await retention.planCompact({ ...OLD, into: "day" });
    expect(await filesBelow(storage, "")).toEqual(before);
  });

  it("looks only at days before the window, by the clock or by a date", async () => {
    const { retention } = await world();
    const days = async (window: { olderThan: string } | { before: string }) =>
      (await retention.planPrune({ datasets: ["odds_raw"], ...window })).days.length;
    // The store's clock says 2026-03-01 12:00 UTC; the domain day ended 2026-01-16 00:00 ET.
    expect(await days({ olderThan: "P44D" })).toBe(1);
    expect(await days({ olderThan: "P45D" })).toBe(0);
    expect(await days({ before: "2026-01-16" })).toBe(1);
    expect(await days({ before: "2026-01-15" })).toBe(0);
    expect((await errorOf(retention.planPrune({ datasets: ["odds_raw"] } as never))).code).toBe(
      "INVALID_ARGUMENT",
    );
  });

  it("prunes hour= files only when asked", async () => {
    const { retention } = await world();
    const options = { datasets: ["injuries_raw"], before: "2026-02-01" } as const;
    expect((await retention.planPrune(options)).days).toEqual([]);
    const { days } = await retention.planPrune({ ...options, hours: true });
    expect(days[0]!.remove.map(({ path }) => path.split("/").at(-2))).toEqual(["hour=19"]);
  });

  it("keeps the day of a late arrival that a manifest's question would miss, and names the question", async () => {
    const { retention, bronze } = await world();
    await bronze.write(
      "odds_raw",
      [quote("g1", "mgm", 100, "2026-01-15T20:00:00Z", "2026-01-17T00:00:00Z")],
      run("late", "2026-01-17T00:00:00Z"),
    );
    const plan = await retention.planPrune(OLD);
    expect(plan.days).toEqual([]);
    expect(plan.refused.at(-1)).toMatchObject({ dataset: "odds_raw", date: "2026-01-15", path: null });
    expect(plan.refused.at(-1)!.reason).toMatch(
      /an answer would change: odds_raw of 2026-01-15 as of 2026-01-15T23:45:00Z.*manifest\.lock\.json: row/,
    );
  });

  it("will not plan while a manifest cannot be read", async () => {
    const { retention, storage } = await world();
    const path = "gold/slates/season=2025/game_date=2026-01-15/game_id=g1/manifest.lock.json";
    const text = new TextDecoder().decode(await storage.read(path));
    await storage.replace(
      path,
      new TextEncoder().encode(text.replace("2026-01-16T00:00:00Z", "2026-01-16T00:00:01Z")),
    );
    expect((await errorOf(retention.planPrune(OLD))).code).toBe("MANIFEST_TAMPERED");
  });
});

describe("apply", () => {
  it("prunes into the trash, and every manifest still verifies and replays", async () => {
    const made = await world();
    const { retention, storage } = made;
    const plan = await retention.planPrune(OLD);
    expect(await retention.apply(plan)).toEqual({
      status: "applied",
      plan: plan.id,
      days: 1,
      filesRemoved: 10,
      bytesRemoved: plan.bytes.removed,
      bytesAdded: 0,
      finished: [],
      forgotten: [],
    });
    expect(await oddsFiles(made)).toHaveLength(2);
    const trash = await filesBelow(storage, `.trash/${plan.id}`);
    expect(trash.filter((path) => path.endsWith(".parquet"))).toEqual(
      plan.days[0]!.remove.map(({ path }) => `.trash/${plan.id}/${path}`),
    );
    expect(await proven(made)).toEqual([]);
    expect((await freezeGame(made, "g1")).status).toBe("unchanged");
    expect((await retention.apply(plan)).status).toBe("nothing");
    expect((await retention.planPrune(OLD)).days).toEqual([]);
  });

  it("refuses a plan with a file that a manifest names since", async () => {
    const made = await world();
    const plan = await made.retention.planPrune(OLD);
    await freezeGame(made, "g2", "pretip");
    const before = await filesBelow(made.storage, "bronze");
    const error = await errorOf(made.retention.apply(plan));
    expect(error.code).toBe("RETENTION_REFUSED");
    expect(error.details).toMatchObject({
      manifest: expect.stringContaining("game_id=g2/manifest.pretip.json"),
    });
    expect(await filesBelow(made.storage, "bronze")).toEqual(before);
  });

  it("refuses a plan of a tree that has changed since, and one that was changed itself", async () => {
    const made = await world();
    const plan = await made.retention.planPrune(OLD);
    await writeRun(made, 25 * 60 + 50);
    expect((await errorOf(made.retention.apply(plan))).code).toBe("PLAN_STALE");
    const [day] = plan.days;
    const changed = { ...plan, days: [{ ...day!, remove: day!.remove.slice(1) }] };
    expect((await errorOf(made.retention.apply(changed))).code).toBe("RETENTION_INVALID");
    expect((await errorOf(made.retention.apply({} as RetentionPlan))).code).toBe("RETENTION_INVALID");
  });

  it("refuses a plan that would change an answer a manifest asks", async () => {
    const made = await world();
    const plan = await made.retention.planPrune(OLD);
    // A manifest under which the pruned run of 00:05 answers: frozen by a read that no longer names its file.
    const { tamperedQuestion } = await import("./tampered.js");
    await tamperedQuestion(made);
    const error = await errorOf(made.retention.apply(plan));
    expect(error.code).toBe("RETENTION_REFUSED");
    expect(error.message).toMatch(
      /would change an answer: odds_raw of 2026-01-15 as of 2026-01-16T00:30:00Z/,
    );
  });

  it("lets one process at a time", async () => {
    const made = await world();
    const plan = await made.retention.planPrune(OLD);
    const results = await Promise.all([made.retention.apply(plan), made.retention.apply(plan)]);
    expect(results.map(({ status }) => status).sort()).toEqual(["applied", "nothing"]);
  });
});

describe("compact into a day", () => {
  it("puts what manifests name by content, and all else, into one file, and every answer is the same", async () => {
    const made = await world();
    const { gold, retention, storage, bronze } = made;
    const before = await answers(made);
    const plan = await retention.planCompact({ ...OLD, into: "day" });
    expect(plan.certificate.questions).toBeGreaterThan(32);
    const [output] = plan.days[0]!.outputs;
    expect(output!.path).toMatch(/run_ts=20260116T014500Z\/odds\.compacted-[0-9a-f]{16}\.parquet$/);
    expect(output!.rows).toBe(48);
    await retention.apply(plan);
    expect(await oddsFiles(made)).toHaveLength(1);
    expect(await answers(made)).toBe(before);
    expect(await proven(made)).toEqual([]);
    // A file that provably came after the cutoff is no new input.
    expect((await freezeGame(made, "g1")).status).toBe("unchanged");
    expect(await gold.verify(slateOf("g1"), { snapshot: "lock" })).toMatchObject({ ok: true, problems: [] });
    // In the order of history, each file a range of its rows.
    const day = await bronze.readBronzeDay("odds_raw", "2026-01-15", { acceptPruned: true });
    expect(day.column("run_id" as "book")).toEqual(
      [1325, 1345, 1365, 1385, 1405, 1425, 1445, 1465, 1485, 1505, 1525, 1545].flatMap((minutes) =>
        Array(4).fill(`run${minutes}`),
      ),
    );
    const merged = openParquet(await storage.read(output!.path), output!.path);
    expect(
      readPartFacts(merged)!.parts.map(({ path, sha256, size_bytes, rows }) => [
        path,
        sha256,
        size_bytes,
        rows,
      ]),
    ).toEqual(
      plan.days[0]!.remove.map(({ path, sha256, sizeBytes, rows }) => [
        path.slice(DAY.length + 1),
        sha256,
        sizeBytes,
        rows,
      ]),
    );
    // Any engine that skips names with "_" sees plain Hive Parquet.
    const seen = (await filesBelow(storage, DAY)).filter((path) => path.endsWith(".parquet"));
    expect(seen).toEqual((await oddsFiles(made)).map((path) => `${DAY}/${path}`));
  });

  it("has nothing to do the second time, and merges again what came later", async () => {
    const made = await world();
    await made.retention.apply(await made.retention.planCompact({ ...OLD, into: "day" }));
    expect((await made.retention.planCompact({ ...OLD, into: "day" })).days).toEqual([]);
    await writeRun(made, 26 * 60 + 5);
    const before = await answers(made);
    await made.retention.apply(await made.retention.planCompact({ ...OLD, into: "day" }));
    expect(await oddsFiles(made)).toHaveLength(1);
    expect(await answers(made)).toBe(before);
  });

  it("takes the parts of a compacted file that a manifest names, and a prune leaves those that decide", async () => {
    const made = await world();
    await made.retention.apply(await made.retention.planCompact({ ...OLD, into: "day" }));
    await freezeGame(made, "g2", "pretip");
    // After the tip of g2, so that nothing arrives late.
    await writeRun(made, 28 * 60 + 5);
    await writeRun(made, 28 * 60 + 25);
    await made.retention.apply(await made.retention.planCompact({ ...OLD, into: "day" }));
    expect((await oddsFiles(made)).filter((path) => path.includes("compacted"))).toHaveLength(1);
    expect(await proven(made)).toEqual([]);
    const plan = await made.retention.planPrune(OLD);
    // The first part, and the last before each cutoff; 28:05 and 28:25 came after both.
    expect(plan.refused.map(({ path }) => /run_ts=(\w+)/.exec(path!)![1])).toEqual([
      "20260115T220500Z",
      "20260115T234500Z",
      "20260116T014500Z",
    ]);
    const [file] = plan.days[0]!.remove;
    expect(file!.parts!.length).toBe(14 - 3);
    expect(describePlan(plan)).toContain("11 of its 14 parts are pruned: older than the window");
    await made.retention.apply(plan);
    expect(await proven(made)).toEqual([]);
    await made.retention.restore(plan.id);
    expect(await proven(made)).toEqual([]);
  });

  it("keeps each snapshot of a snapshot dataset apart: a file is many of them", async () => {
    const made = retentionWorld();
    await writeReports(made);
    const said = async () => {
      const cutoffs = ["2026-01-15T22:30:00Z", "2026-01-15T23:30:00Z", "2026-01-16T01:00:00Z"];
      const ask = (at: string) => made.bronze.asOf(at).read("injuries_raw", { date: DATE });
      return (await Promise.all(cutoffs.map(ask))).map((answer) => [answer.rows(), answer.provenance]);
    };
    const before = await said();
    const plan = await made.retention.planCompact({
      datasets: ["injuries_raw"],
      before: "2026-02-01",
      into: "day",
    });
    expect(plan.refused).toEqual([]);
    await made.retention.apply(plan);
    expect(plan.days[0]!.outputs).toHaveLength(1);
    expect(await said()).toEqual(before);
  });

  it("keeps a retry a retry: its rows are those of its run, wherever they lie", async () => {
    const made = retentionWorld();
    await writeBoard(made, [22, 23]);
    const rows = [
      quote("g1", "dk", -110, "2026-01-15T22:00:00Z"),
      quote("g1", "fd", -105, "2026-01-15T22:00:00Z"),
    ];
    await made.bronze.write("odds_raw", rows.slice(0, 1), run("r", "2026-01-15T23:50:00Z"));
    await made.bronze.write("odds_raw", rows, run("r", "2026-01-15T23:50:00Z"));
    const before = await answers(made);
    const plan = await made.retention.planCompact({ ...OLD, into: "day" });
    expect(plan.refused).toEqual([]);
    await made.retention.apply(plan);
    expect(await oddsFiles(made)).toHaveLength(1);
    expect(await answers(made)).toBe(before);
  });

  it("takes files from before and after one that is named, and no tie turns", async () => {
    const made = retentionWorld();
    const same = (price: number) => [
      quote("g1", "dk", price, "2026-01-15T22:00:00Z", "2026-01-15T22:30:00Z"),
    ];
    await made.bronze.write("odds_raw", same(1), run("a", "2026-01-15T22:31:00Z"));
    // g1's lock names this one and the one before; a late file before both is free.
    await made.bronze.write("odds_raw", same(2), run("b", "2026-01-15T22:32:00Z"));
    await freezeGame(made, "g1");
    await made.bronze.write("odds_raw", same(3), run("c", "2026-01-15T22:30:00Z"));
    await writeRun(made, 25 * 60);
    const before = await answers(made);
    await made.retention.apply(await made.retention.planCompact({ ...OLD, into: "day" }));
    expect(await oddsFiles(made)).toHaveLength(1);
    expect(await answers(made)).toBe(before);
  });

  it("says of each row which file it was written to, and where it lies now", async () => {
    const made = retentionWorld();
    await writeBoard(made, [22]);
    const before = (await made.bronze.readBronzeDay("odds_raw", DATE, { acceptPruned: true })).sources();
    const plan = await made.retention.planCompact({ ...OLD, into: "day" });
    await made.retention.apply(plan);
    const after = (await made.bronze.readBronzeDay("odds_raw", DATE, { acceptPruned: true })).sources();
    const file = plan.days[0]!.outputs[0]!.path;
    expect(after).toEqual(before.map((source, row) => ({ ...source, compacted: { file, rowInFile: row } })));
  });

  it("takes a retry of a run that is compacted for what it is, and never gives its name out again", async () => {
    const made = retentionWorld();
    await writeBoard(made, [22]);
    const day = () => made.bronze.readBronzeDay("odds_raw", DATE, { acceptPruned: true });
    const before = (await day()).length;
    await made.retention.apply(await made.retention.planCompact({ ...OLD, into: "day" }));
    await writeRun(made, 22 * 60 + 5);
    expect((await day()).length).toBe(before);
    const other = [quote("g1", "mgm", 7, "2026-01-15T22:00:00Z")];
    const { partitions } = await made.bronze.write("odds_raw", other, run("run1325", "2026-01-15T22:05:00Z"));
    expect(partitions.map(({ path }) => path.slice(DAY.length + 1))).toEqual([
      "run_ts=20260115T220500Z/odds.part-000002.parquet",
    ]);
    expect((await day()).length).toBe(before + 1);
  });
});

describe("compact to the last run of each hour", () => {
  it("keeps what was known right after each run that stays", async () => {
    const made = retentionWorld();
    await writeBoard(made);
    const plan = await made.retention.planCompact({ ...ALL, keep: "last-run-of-hour" });
    expect(plan.days[0]!.remove[0]!.why).toBe("run 20260115T224500Z is the last of its hour");
    const known = async (at: string) =>
      (await made.bronze.asOf(at, { knownBy: at }).read("odds_raw", { date: "2026-01-15" })).rows();
    const moments = ["2026-01-15T22:45:02Z", "2026-01-15T23:45:02Z", "2026-01-16T00:45:02Z"];
    const before = await Promise.all(moments.map(known));
    await made.retention.apply(plan);
    expect(await oddsFiles(made)).toHaveLength(4);
    expect(await Promise.all(moments.map(known))).toEqual(before);
  });

  it("refuses a day whose runs are not whole boards: the last one would not know the rest", async () => {
    const made = retentionWorld();
    await made.bronze.write(
      "odds_raw",
      [quote("g1", "dk", 1, "2026-01-15T22:00:00Z", "2026-01-15T22:05:02Z")],
      run("a", "2026-01-15T22:05:00Z"),
    );
    await made.bronze.write(
      "odds_raw",
      [quote("g1", "fd", 2, "2026-01-15T22:20:00Z", "2026-01-15T22:25:02Z")],
      run("b", "2026-01-15T22:25:00Z"),
    );
    const plan = await made.retention.planCompact({ ...ALL, keep: "last-run-of-hour" });
    expect(plan.days).toEqual([]);
    expect(plan.refused[0]!.reason).toMatch(
      /an answer would change: odds_raw 2026-01-15 as of 2026-01-15T22:25:02Z, known by/,
    );
  });

  it("keeps the runs that decide for a manifest beside the last ones", async () => {
    const made = await world();
    await made.retention.apply(await made.retention.planCompact({ ...ALL, keep: "last-run-of-hour" }));
    expect(await oddsFiles(made)).toHaveLength(5);
    expect(await proven(made)).toEqual([]);
  });
});

describe("the trash", () => {
  it("is emptied only of what has lain there long enough", async () => {
    const made = await world();
    const plan = await made.retention.planPrune(OLD);
    await made.retention.apply(plan);
    expect(await made.retention.emptyTrash({ olderThan: "P7D" })).toMatchObject({
      plans: [],
      left: [plan.id],
    });
    const later = retentionWorld(made.storage, "2026-03-09T00:00:00Z");
    expect(await later.retention.emptyTrash({ olderThan: "P7D" })).toEqual({
      plans: [plan.id],
      filesDeleted: 10,
      bytesDeleted: plan.bytes.removed,
      left: [],
      givenBack: [],
    });
    expect(await filesBelow(made.storage, ".trash")).toEqual([]);
    expect((await errorOf(later.retention.restore(plan.id))).code).toBe("NOT_FOUND");
  });

  for (const [name, filesRestored, make] of [
    ["a prune", 10, (made: World) => made.retention.planPrune(OLD)],
    ["a compaction", 12, (made: World) => made.retention.planCompact({ ...OLD, into: "day" })],
  ] as const) {
    it(`restores the files of ${name}`, async () => {
      const made = await world();
      const [files, said] = [await oddsFiles(made), await answers(made)];
      const plan = await make(made);
      await made.retention.apply(plan);
      expect(await made.retention.restore(plan.id)).toEqual({ plan: plan.id, filesRestored });
      expect(await oddsFiles(made)).toEqual(files);
      expect(await answers(made)).toBe(said);
      expect((await filesBelow(made.storage, DAY)).filter((path) => path.includes("compacted"))).toEqual([]);
      expect(await filesBelow(made.storage, ".trash")).toEqual([]);
      expect((await make(made)).id).toBe(plan.id);
      expect((await made.retention.apply(plan)).status).toBe("applied");
    });
  }

  it("restores files where a manifest was frozen since: it names their content, wherever that lies", async () => {
    const made = await world();
    const plan = await made.retention.planCompact({ ...OLD, into: "day" });
    await made.retention.apply(plan);
    await freezeGame(made, "g2", "pretip");
    expect(await proven(made)).toEqual([]);
    await made.retention.restore(plan.id);
    expect(await oddsFiles(made)).toHaveLength(12);
    expect(await proven(made)).toEqual([]);
  });
});

describe("questions over several days", () => {
  const dates = ["2026-01-14", "2026-01-15", "2026-01-16"];

  /** A feed that is filed under the day it was read on, frozen with a look back. */
  async function threeDays() {
    const made = retentionWorld();
    for (const [i, date] of dates.entries()) {
      for (const hour of [15, 16, 17]) {
        const at = `${date}T${hour}:00:00Z`;
        await made.bronze.write("roster_nightly_raw", [
          { player_id: "ada", team: `${i}-${hour}`, as_of_ts: at, ingested_ts: at },
          { player_id: `only${i}`, team: `${hour}`, as_of_ts: at, ingested_ts: at },
        ]);
      }
    }
    return made;
  }
  const read: Build<never> = async (at) => {
    const view = at as unknown as BronzeView<[typeof roster]>;
    return (await view.read("roster_nightly_raw", { date: "2026-01-16", lookbackDays: 2 })).rows();
  };

  it("have the same answer after each of the days is compacted", async () => {
    const made = await threeDays();
    const options = { datasets: ["roster_nightly_raw"], before: "2026-02-01", into: "day" } as const;
    const asked = () =>
      Promise.all(
        dates.map(async (date) =>
          (await made.bronze.asOf(`${date}T16:30:00Z`).read("roster_nightly_raw", { dates })).rows(),
        ),
      );
    const before = await asked();
    const plan = await made.retention.planCompact(options);
    expect(plan.days.map(({ date, outputs }) => [date, outputs.length])).toEqual(
      dates.map((date) => [date, 1]),
    );
    await made.retention.apply(plan);
    expect(await asked()).toEqual(before);
  });

  it("keep what decides of every day that was read", async () => {
    const made = await threeDays();
    const slate = { ...slateOf("g1"), game_date: "2026-01-16" };
    const freeze = { slate, snapshot: "lock", tip: "2026-01-16T16:45:00Z" };
    await made.gold.freeze(freeze, read as never);
    const plan = await made.retention.planPrune({
      datasets: ["roster_nightly_raw"],
      before: "2026-02-01",
      hours: true,
    });
    // 16:30 on the last day: all before it was read, and what came first or holds then decides; 17:00 came later.
    expect(plan.days.map(({ date, remove }) => [date, remove.length])).toEqual([
      ["2026-01-14", 1],
      ["2026-01-15", 2],
      ["2026-01-16", 2],
    ]);
    await made.retention.apply(plan);
    expect((await made.gold.replay(freeze.slate, { snapshot: "lock" }, read as never)).identicalBytes).toBe(
      true,
    );
  });
});

describe("a freeze and a plan at once", () => {
  it("a freeze whose files were compacted while it built names what it read, which is there", async () => {
    const made = await world();
    const plan = await made.retention.planCompact({ ...OLD, into: "day" });
    let builds = 0;
    const { manifest } = await made.gold.freeze(
      { slate: slateOf("g2"), snapshot: "pretip", tip: TIPS.g2 },
      async (at, context) => {
        const rows = await build(at, context);
        if (builds++ === 0) await made.retention.apply(plan);
        return rows;
      },
    );
    expect(builds).toBe(1);
    expect(manifest.inputs[0]!.files.filter(({ path }) => path.includes("compacted"))).toEqual([]);
    expect(await proven(made)).toEqual([]);
  });
});

describe("a freeze that commits while a plan is applied", () => {
  it("a freeze whose files were pruned while it built is refused: it never accepts what was pruned", async () => {
    const made = await world();
    const plan = await made.retention.planPrune(OLD);
    const slate = { slate: slateOf("g2"), snapshot: "pretip", tip: TIPS.g2 } as const;
    const freeze = made.gold.freeze(slate, async (at, context) => {
      const rows = await build(at, context);
      await made.retention.apply(plan);
      return rows;
    });
    expect((await errorOf(freeze)).code).toBe("PRUNED");
    const accepting = made.gold.freeze(slate, async (at) =>
      (await at.read("odds_raw", { date: DATE, acceptPruned: true })).rows().map(({ book }) => ({ book })),
    );
    expect((await errorOf(accepting)).message).toContain("A freeze never accepts pruned history");
    expect(await proven(made)).toEqual([]);
  });

  it("after the last look at manifests but before the commit is seen, and the plan refused", async () => {
    const made = await world();
    const plan = await made.retention.planPrune(OLD);
    const storage = hooked(made.storage, {
      async before(call, _, path) {
        if (call === "lock" && path === "bronze/_gold/.commit.lock") await freezeGame(made, "g2", "pretip");
      },
    });
    const before = await oddsFiles(made);
    expect((await errorOf(retentionWorld(storage).retention.apply(plan))).code).toBe("RETENTION_REFUSED");
    expect(await oddsFiles(made)).toEqual(before);
    expect(await proven(made)).toEqual([]);
    expect((await filesBelow(made.storage, "bronze")).filter((path) => path.includes("compacted"))).toEqual(
      [],
    );
    const again = await made.retention.planPrune(OLD);
    expect(again.pending).toEqual([]);
    expect(again.days[0]!.remove).toHaveLength(12 - 3);
  });
});

describe("a writer after retention", () => {
  const other = (made: World) =>
    made.bronze.write(
      "odds_raw",
      [quote("g1", "new", 7, "2026-01-16T01:44:00Z")],
      run("again", "2026-01-16T01:45:00Z"),
    );
  const plans = {
    prune: (made: World) => made.retention.planPrune(OLD),
    compact: (made: World) => made.retention.planCompact({ ...OLD, into: "day" }),
  };

  describe.each(Object.entries(plans))("a %s", (_, make) => {
    it("never gives out a name again, not even after the trash is empty", async () => {
      for (const isEmptied of [false, true]) {
        const made = await world();
        await made.retention.apply(await make(made));
        if (isEmptied)
          await retentionWorld(made.storage, "2026-03-09T00:00:00Z").retention.emptyTrash({
            olderThan: "P7D",
          });
        const { partitions } = await other(made);
        expect(partitions.map(({ path }) => path.slice(DAY.length + 1))).toEqual([
          "run_ts=20260116T014500Z/odds.part-000002.parquet",
        ]);
        const day = await made.bronze.readBronzeDay("odds_raw", "2026-01-15", { acceptPruned: true });
        expect(day.column("book")).toContain("new");
      }
    });

    it("remembers other plans' names when one is taken back", async () => {
      const made = await world();
      const [first, second] = [await make(made), 26 * 60 + 5];
      await made.retention.apply(first);
      await writeRun(made, second);
      await writeRun(made, second + 20);
      const later = await made.retention.planPrune(OLD);
      await made.retention.apply(later);
      await made.retention.restore(later.id);
      expect((await other(made)).partitions[0]!.path).toContain("odds.part-000002.parquet");
      const again = await made.bronze.write(
        "odds_raw",
        [quote("g1", "more", 7, "2026-01-16T02:04:00Z")],
        run("again", "2026-01-16T02:05:00Z"),
      );
      // That name is in use again, by the file it was given to.
      expect(again.partitions[0]!.path).toContain("run_ts=20260116T020500Z/odds.part-000002.parquet");
    });
  });

  it("recognises a retry of a run that was compacted, however often", async () => {
    const made = await world();
    const rows = (await made.bronze.readBronzeDay("odds_raw", "2026-01-15", { acceptPruned: true })).length;
    for (const more of [26 * 60 + 5, 27 * 60 + 5, 28 * 60 + 5]) {
      await made.retention.apply(await plans.compact(made));
      for (const minutes of [24 * 60 + 5, 25 * 60 + 45]) {
        const { partitions } = await retried(made, minutes);
        expect(partitions.map(({ status }) => status)).toEqual(["unchanged"]);
        expect(partitions[0]!.path).toMatch(/\.compacted-[0-9a-f]{16}\.parquet$/);
      }
      await writeRun(made, more);
    }
    expect((await made.bronze.readBronzeDay("odds_raw", "2026-01-15", { acceptPruned: true })).length).toBe(
      rows + 12,
    );
  });

  it("keeps other rows of a run next to its compacted ones", async () => {
    const made = await world();
    await made.retention.apply(await plans.compact(made));
    const { partitions } = await retried(made, 24 * 60 + 5, 1);
    expect(partitions).toMatchObject([
      { status: "written", path: expect.stringMatching(/odds\.part-000002/) },
    ]);
  });
});

/** The rows of a scrape once more, as a retry sends them: captured later, or with another price too. */
function retried({ bronze }: World, minutes: number, more = 0) {
  const at = (seconds: number) =>
    new Date(Date.parse("2026-01-15T00:00:00Z") + minutes * 60_000 + seconds * 1000).toISOString();
  const rows = ["g1", "g2"].flatMap((game, g) =>
    ["dk", "fd"].map((book, b) => quote(game, book, -100 - minutes - 10 * g - b + more, at(-60))),
  );
  for (const row of rows as { ingested_ts?: string }[]) delete row.ingested_ts;
  return bronze.write("odds_raw", rows, { run: { id: `run${minutes}`, startedAt: at(0) } });
}
