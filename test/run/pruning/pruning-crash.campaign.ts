import { memoryStorage, type RunPlan, type Storage } from "bronzestore";
import { beforeAll, describe, expect, it } from "vitest";
import { Death, dyingAt } from "../../gold/hooked-storage.js";
import { copyOf, pruningOf, runAt, runsTree } from "./world.js";

const LATER = "2026-03-20T12:00:00Z";
const OPTIONS = { olderThan: "P7D", locks: [], records: true } as const;

/** Trees at each step of a plan that nothing disturbs, and what they hold. */
interface Steps {
  readonly plan: RunPlan;
  readonly tree: Storage;
  readonly applied: Storage;
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
}
let steps: Steps;

beforeAll(async () => {
  const tree = memoryStorage();
  for (const at of ["15T17:00:00Z", "15T17:05:00Z", "15T17:06:00Z", "16T18:00:00Z", "16T18:30:00Z"])
    await runAt(tree, `2026-01-${at}`);
  await runAt(tree, "2026-02-19T12:00:00Z");
  const plan = await pruningOf(tree).plan(OPTIONS);
  expect(plan.days.map(({ runs }) => runs.length)).toEqual([2, 1]);
  const before = await runsTree(tree);
  const applied = await copyOf(tree);
  await pruningOf(applied).apply(plan);
  steps = { plan, tree, applied, before, after: await data(applied) };
});

/** What is below `runs/`, but for the time at which it was pruned. */
async function data(storage: Storage): Promise<Map<string, string>> {
  const tree = await runsTree(storage);
  return new Map([...tree].filter(([path]) => !path.endsWith("_retention.json")));
}

/** A file is in its place or in the trash, whole. */
async function assertNothingLost(storage: Storage, where: string): Promise<void> {
  const now = await data(storage);
  const trash = await runsTree(storage, `.trash/${steps.plan.id}`);
  for (const [path, text] of steps.before)
    expect([now.get(path), trash.get(`.trash/${steps.plan.id}/${path}`)], `${where}: ${path}`).toContain(
      text,
    );
}

/** Dies at each call in turn, and looks at what is left. */
async function dieAtEach(
  from: Storage,
  when: "before" | "after",
  work: (pruning: ReturnType<typeof pruningOf>) => Promise<unknown>,
  look: (storage: Storage, where: string) => Promise<void>,
): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let index = 0; ; index++) {
    const storage = await copyOf(from);
    const dying = dyingAt(storage, index, when);
    const error = await work(pruningOf(dying.storage, { now: LATER })).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!dying.died) {
      expect(error).toBeUndefined();
      expect(index).toBeGreaterThan(30);
      return seen;
    }
    expect(error).toBeInstanceOf(Death);
    seen.add(dying.died);
    await look(storage, `${when} call ${index}, ${dying.died}`);
  }
}

describe.each(["before", "after"] as const)("a process that dies %s any call of the storage", (when) => {
  it("while it applies: the next one finishes, or begins anew, and nothing is lost", async () => {
    const seen = await dieAtEach(
      steps.tree,
      when,
      (pruning) => pruning.apply(steps.plan),
      async (storage, where) => {
        await assertNothingLost(storage, where);
        const pruning = pruningOf(storage);
        const empty = await pruning.plan({ olderThan: "P3650D", locks: [] });
        await pruning.apply(empty);
        expect((await pruning.plan(OPTIONS)).pending, where).toEqual([]);
        await assertNothingLost(storage, where);
        await pruning.apply(steps.plan);
        expect(await data(storage), where).toEqual(steps.after);
        await pruning.restore(steps.plan.id);
        expect(await runsTree(storage), where).toEqual(steps.before);
        expect((await runsTree(storage, ".trash")).size, where).toBe(0);
      },
    );
    for (const call of ["publish", "replace", "swap", "remove", "lock"]) expect(seen).toContain(call);
  });

  it("while it restores: it is restored by the next, and nothing is lost", async () => {
    const seen = await dieAtEach(
      steps.applied,
      when,
      (pruning) => pruning.restore(steps.plan.id),
      async (storage, where) => {
        await assertNothingLost(storage, where);
        const pruning = pruningOf(storage);
        // Done but for the record, there is nothing left to take back.
        await pruning
          .restore(steps.plan.id)
          .catch((error) => expect(error, where).toMatchObject({ code: "NOT_FOUND" }));
        expect(await runsTree(storage), where).toEqual(steps.before);
        expect((await runsTree(storage, ".trash")).size, where).toBe(0);
      },
    );
    for (const call of ["publish", "replace", "remove", "lock"]) expect(seen).toContain(call);
  });

  it("while it empties: the next one ends it, and what is left of runs/ is as it was", async () => {
    const seen = await dieAtEach(
      steps.applied,
      when,
      (pruning) => pruning.emptyTrash({ olderThan: "P14D" }),
      async (storage, where) => {
        await pruningOf(storage, { now: LATER }).emptyTrash({ olderThan: "P14D" });
        expect(await data(storage), where).toEqual(steps.after);
        expect((await runsTree(storage, ".trash")).size, where).toBe(0);
      },
    );
    for (const call of ["remove", "lock"]) expect(seen).toContain(call);
  });
});
