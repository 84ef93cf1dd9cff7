import {
  BronzeStore,
  GoldStore,
  memoryStorage,
  nbaSeason,
  type Run,
  RunPruning,
  type RunPruningOptions,
  type StageNeeds,
  type Storage,
  stageOutput,
  withRun,
} from "bronzestore";
import * as z from "zod";

export const ZONE = "America/New_York";
/** A month after the runs of these tests. */
export const NOW = "2026-02-20T12:00:00Z";
export const POINTER = "projections/latest_run.json";
export const minutes = z.array(z.object({ player: z.string(), minutes: z.number() }));
export const ROWS = [{ player: "ada", minutes: 31.5 }];

export function clockAt(instant: string): () => bigint {
  return () => BigInt(Date.parse(instant)) * 1_000_000n;
}

/** A run that keeps the output of its stage `minutes`, and a file of its own. */
export async function runAt(
  storage: Storage,
  at: string,
  {
    name = "live",
    needs,
    work,
  }: { readonly name?: string; readonly needs?: string; readonly work?: (run: Run) => Promise<unknown> } = {},
): Promise<string> {
  let id = "";
  await withRun({ storage, name, timeZone: ZONE, clock: clockAt(at) }, async (run) => {
    id = run.id;
    const earlier: StageNeeds =
      needs === undefined ? {} : { earlier: stageOutput("minutes", minutes, { run: needs }) };
    const out = await run.stage("minutes", { needs: earlier, output: minutes }, () => ROWS);
    await storage.publish(run.paths.file("log.txt"), new TextEncoder().encode(`run at ${at}`));
    await run.writePointer(POINTER, { outputs: [out], force: true });
    await work?.(run as Run);
  });
  return id;
}

/** The pruning of a root, after the month. */
export function pruningOf(
  storage: Storage,
  { now = NOW, ...options }: Partial<RunPruningOptions<readonly []>> & { readonly now?: string } = {},
): RunPruning {
  return new RunPruning({
    storage,
    timeZone: ZONE,
    gold: [],
    pointers: [POINTER],
    clock: clockAt(now),
    ...(options as object),
  });
}

export function goldOf(storage: Storage): GoldStore<readonly []> {
  const clock = clockAt(NOW);
  const bronze = new BronzeStore({ storage, datasets: [] as const, clock });
  return new GoldStore({ timeZone: ZONE, season: nbaSeason, storage, bronze, clock });
}

/** Every file below `runs/` and its text, without locks, and without states that say that all runs of a day came back. */
export async function runsTree(storage: Storage, folder = "runs"): Promise<Map<string, string>> {
  const tree = new Map<string, string>();
  for (const { name, kind } of await storage.list(folder)) {
    const path = `${folder}/${name}`;
    if (kind === "folder") for (const [file, text] of await runsTree(storage, path)) tree.set(file, text);
    else if (!name.endsWith(".lock")) tree.set(path, new TextDecoder().decode(await storage.read(path)));
  }
  for (const [path, text] of tree)
    if (path.endsWith("/_retention.json") && JSON.parse(text).runs.length === 0) tree.delete(path);
  return tree;
}

/** A storage in memory with the files of another. */
export async function copyOf(storage: Storage): Promise<Storage> {
  const copy = memoryStorage();
  const fill = async (folder: string): Promise<void> => {
    for (const { name, kind } of await storage.list(folder)) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (kind === "folder") await fill(path);
      else if (!name.endsWith(".lock")) await copy.publish(path, await storage.read(path));
    }
  };
  await fill("");
  return copy;
}
