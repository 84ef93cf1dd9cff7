import { describePlan, GoldStore, memoryStorage, nbaSeason, Retention } from "bronzestore";
import { describe, expect, it } from "vitest";
import { errorOf } from "../error-of.js";
import { ALL, DAY, freezeGame, OLD, oddsFiles, retentionWorld, type World, writeBoard } from "./world.js";

const PATH = "gold/pregame/2026-01-15/manifest.json";

async function board(): Promise<World & { files: string[] }> {
  const world = retentionWorld();
  await writeBoard(world);
  return { ...world, files: (await oddsFiles(world)).map((file) => `${DAY}/${file}`) };
}

const put = ({ storage }: Pick<World, "storage">, path: string, what: unknown) =>
  storage.replace(path, new TextEncoder().encode(typeof what === "string" ? what : JSON.stringify(what)));

const below = (path: string) => path.slice("bronze/".length);

describe("a file of bronze that a foreign manifest names", () => {
  it.each<[string, (path: string) => unknown]>([
    ["from the root", (path) => ({ input: path })],
    ["from the disk's root, deep inside", (path) => ({ a: [{ b: { path: `/srv/nba/data/${path}` } }] })],
    ["from where the program ran", (path) => [`../data/./${path}`]],
    ["from within bronze", (path) => ({ inputs: [below(path)] })],
    ["as the name of a member", (path) => ({ sha256: { [path]: "ab".repeat(32) } })],
    ["as a URL", (path) => ({ input: `s3://bucket/nba/${path}?versionId=3` })],
    ["with escapes", (path) => ({ input: `file:///srv/${path.replaceAll("=", "%3D")}` })],
    ["with backslashes", (path) => ({ input: `C:\\nba\\${path.replaceAll("/", "\\")}` })],
    ["in a file of JSON lines", (path) => `{"n":1}\n{"input":"${path}"}\n`],
  ])("stays loose: named %s", async (_how, naming) => {
    const world = await board();
    const [file] = world.files;
    const free = await world.retention.planPrune(ALL);
    expect(free.days[0]!.remove.map(({ path }) => path)).toContain(file);
    await put(world, PATH, naming(file!));

    const pruned = await world.retention.planPrune(ALL);
    expect(pruned.days[0]!.remove.map(({ path }) => path)).toEqual(world.files.slice(1));
    expect(pruned.refused).toMatchObject([{ path: file, reason: `named by the foreign manifest ${PATH}` }]);
    expect(describePlan(pruned)).toContain(`named by the foreign manifest ${PATH}`);
    const compacted = await world.retention.planCompact({ ...OLD, into: "day" });
    expect(compacted.days[0]!.outputs[0]!.from).toEqual(world.files.slice(1));
    expect(compacted.refused).toMatchObject([
      { path: file, reason: `named by the foreign manifest ${PATH}` },
    ]);
    const bytes = await world.storage.read(file!);
    await world.retention.apply(compacted);
    expect(await world.storage.read(file!)).toEqual(bytes);
  });

  it("stays, wherever the manifest lies: beside ours, in a place of ours, on another gold's storage", async () => {
    const world = await board();
    await freezeGame(world, "g1");
    const other = memoryStorage();
    const gold = new GoldStore({
      timeZone: "America/New_York",
      season: nbaSeason,
      storage: other,
      bronze: world.bronze,
    });
    const [a, b, c] = world.files.slice(-3); // captured after the tip: no manifest of ours names them
    await put(world, "gold/slates/season=2025/game_date=2026-01-15/game_id=g1/about.json", { input: a });
    await put(world, "gold/slates/season=2025/game_date=2026-01-15/game_id=g9/manifest.lock.json", {
      input: b,
    });
    await put({ storage: other }, "gold/training/v0/manifest.json", { input: c });
    const clock = () => BigInt(Date.parse("2026-03-01T12:00:00Z")) * 1_000_000n;
    const retention = new Retention({ bronze: world.bronze, gold: [world.gold, gold], clock });
    const { refused, days } = await retention.planPrune(ALL);
    const foreign = refused.filter(({ reason }) => reason.includes("foreign"));
    expect(foreign.map(({ path }) => path)).toEqual([a, b, c]);
    expect(foreign[2]!.reason).toContain("gold[1]");
    const removed = days.flatMap(({ remove }) => remove.map(({ path }) => path));
    for (const file of [a, b, c]) expect(removed).not.toContain(file);
  });

  it("stops a plan that was made before it was named", async () => {
    const world = await board();
    const plan = await world.retention.planPrune(ALL);
    await put(world, PATH, { input: world.files[0] });
    const error = await errorOf(world.retention.apply(plan));
    expect(error.code).toBe("RETENTION_REFUSED");
    expect(error.message).toContain(`the foreign manifest ${PATH} names`);
    expect(await oddsFiles(world)).toHaveLength(world.files.length);
  });

  it("is given back from the trash, not deleted", async () => {
    const world = await board();
    const plan = await world.retention.planPrune(ALL);
    await world.retention.apply(plan);
    await put(world, PATH, { input: world.files[0] });
    const { retention } = retentionWorld(world.storage, "2026-03-09T00:00:00Z");
    const emptied = await retention.emptyTrash({ olderThan: "P7D" });
    expect(emptied).toMatchObject({ plans: [], left: [plan.id], givenBack: [plan.id], filesDeleted: 0 });
    expect(String(emptied)).toContain(`gave plan ${plan.id} back`);
    expect(await oddsFiles(world)).toHaveLength(world.files.length);
  });

  it("is not deleted from the trash where it cannot be given back", async () => {
    const world = await board();
    const plan = await world.retention.planPrune(ALL);
    await world.retention.apply(plan);
    const [file] = world.files;
    await put(world, PATH, { input: file });
    await world.storage.publish(file!, new TextEncoder().encode("another's"));
    const error = await errorOf(
      retentionWorld(world.storage, "2026-03-09T00:00:00Z").retention.emptyTrash({ olderThan: "P7D" }),
    );
    expect(error.code).toBe("RETENTION_REFUSED");
    expect(error.message).toContain("is another file by now");
    expect(await world.storage.stat(`.trash/${plan.id}/${file}`)).toBeDefined();
  });
});

describe("a foreign manifest", () => {
  it("keeps nothing by a bare file name, another dataset's path or a folder", async () => {
    const world = await board();
    const [file] = world.files;
    const name = file!.slice(file!.lastIndexOf("/") + 1);
    const folder = file!.slice(0, file!.lastIndexOf("/"));
    await put(world, PATH, {
      a: name,
      b: file!.replace("odds_raw", "other_raw"),
      c: folder,
      d: "bronze/odds_raw",
    });
    expect((await world.retention.planPrune(ALL)).refused).toEqual([]);
  });

  it("that cannot be read stops retention, since nobody knows what it names", async () => {
    const world = await board();
    await put(world, PATH, '{"input": "bronze/od');
    const error = await errorOf(world.retention.planPrune(ALL));
    expect(error.code).toBe("MANIFEST_INVALID");
    expect(error.message).toContain(PATH);
  });

  it("in the place of a damaged one of ours does not hide it: the damage stops retention", async () => {
    const world = await board();
    await freezeGame(world, "g1");
    const ours = "gold/slates/season=2025/game_date=2026-01-15/game_id=g1/manifest.lock.json";
    const text = new TextDecoder().decode(await world.storage.read(ours));
    await put(world, ours, text.replace('"format":"bronzestore.slate"', '"format":"something else"'));
    expect((await errorOf(world.retention.planPrune(ALL))).code).toBe("MANIFEST_INVALID");
  });
});
