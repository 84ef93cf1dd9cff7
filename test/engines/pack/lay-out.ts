import { BronzeStore, GoldStore, memoryStorage, Retention, type Storage } from "bronzestore";
import type { AnyDataset } from "../../../src/dataset/index.js";
import { filesBelow } from "../../retention/world.js";
import { datasetOf, definitionOf, FOLDER } from "./define.js";
import { bytesOf } from "./file-bytes.js";
import type { RandomTree } from "./random-tree.js";

/** A tree that lies in a storage. */
export interface LaidOut {
  readonly storage: Storage;
  readonly dataset: AnyDataset;
  /** Paths of files that retention took away, below the dataset's folder. */
  readonly pruned: readonly string[];
  readonly compacted: number;
}

/** Weeks after all rows: every day is closed. */
const NOW = BigInt(Date.parse("2026-03-01T12:00:00Z")) * 1_000_000n;
const BEFORE = "2026-02-15";

/** Publishes the files of a tree, compacts and prunes it, and publishes what comes late. */
export async function layOut(tree: RandomTree): Promise<LaidOut> {
  const storage = memoryStorage();
  const dataset = datasetOf(definitionOf(tree));
  const publish = async (isLate: boolean) => {
    for (const file of tree.files) {
      if (file.isLate === isLate) await storage.publish(`${FOLDER}/${file.path}`, bytesOf(tree, file));
    }
  };
  await publish(false);
  let pruned: readonly string[] = [];
  if (tree.retention.startsWith("compact")) await compact(storage, dataset);
  if (tree.retention.endsWith("prune")) pruned = await prune(storage, dataset, tree);
  await publish(true);
  const files = await filesBelow(storage, FOLDER);
  const compacted = files.filter((path) => path.includes(".compacted-")).length;
  return { storage, dataset, pruned, compacted };
}

function retentionOf(storage: Storage, dataset: AnyDataset): Retention<never> {
  const clock = () => NOW;
  const bronze = new BronzeStore({ storage, datasets: [dataset], clock });
  const { timeZone } = dataset;
  const gold = new GoldStore({ timeZone, season: () => 2025, storage, bronze, clock });
  return new Retention({ bronze, gold: [gold as never], clock }) as never;
}

async function compact(storage: Storage, dataset: AnyDataset): Promise<void> {
  const retention = retentionOf(storage, dataset);
  const plan = await retention.planCompact({
    datasets: [dataset.name] as never,
    before: BEFORE,
    into: "day",
  });
  await retention.apply(plan);
}

const KEPT = "gold/keep/manifest.json";

/** Prunes what may go; some files are kept because a manifest of another program names them. */
async function prune(storage: Storage, dataset: AnyDataset, { files, keep }: RandomTree): Promise<string[]> {
  const before = files.filter(({ isLate }) => !isLate).map(({ path }) => path);
  const kept = [...before].sort().filter((_, i) => keep[i % keep.length]);
  const named = kept.map((path) => `${FOLDER}/${path}`);
  await storage.publish(KEPT, new TextEncoder().encode(JSON.stringify(named)));
  const retention = retentionOf(storage, dataset);
  const which = { datasets: [dataset.name] as never, before: BEFORE };
  const plan = await retention.planPrune({ ...which, hours: true, daysWithoutSlate: true });
  await retention.apply(plan);
  await storage.remove(KEPT);
  const gone: { readonly path: string }[] = [];
  for (const { remove } of plan.days) for (const one of remove) gone.push(...(one.parts ?? [one]));
  return gone.map(({ path }) => path.slice(FOLDER.length + 1)).sort();
}
