import { type BronzeStore, type RegisteredGold, registeredGold } from "../bronze/index.js";
import type { AnyDataset } from "../dataset/index.js";
import { BronzeError } from "../errors.js";
import {
  type GoldStore,
  type Manifest,
  parseManifestName,
  parseTrainingManifest,
  readManifest,
  storeIdOf,
} from "../gold/index.js";
import { joinPath, readIfThere, type Storage } from "../storage/index.js";

/** What every part of retention uses: a bronze, and the gold stores whose manifests count. */
export interface RetentionContext {
  readonly bronze: BronzeStore<readonly AnyDataset[]>;
  /** Each once. */
  readonly gold: readonly Pick<GoldStore<readonly AnyDataset[]>, "storage">[];
  /** Ids of registered gold stores that no longer count. */
  readonly forget: ReadonlySet<string>;
  readonly clock: () => bigint;
}

/** Every existing manifest, and the bronze files they name. */
export interface Kept {
  /** By a text that is unique over all stores: its path, and with several stores also the store. */
  readonly manifests: ReadonlyMap<string, Manifest>;
  /** Path of a bronze file -> a manifest that names it. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Reads every manifest of every gold store: each revision, each snapshot type, whatever the slate's keys are called,
 * and the training sets', which so far name no bronze file. One that cannot be read is an error, because the files it
 * names are unknown.
 *
 * @param known manifests read before, which are not read again: they never change
 * @throws BronzeError `GOLD_MISSING`, `RETENTION_INVALID`, and as `parseManifest`
 */
export async function keptByManifests(
  context: RetentionContext,
  known: Kept["manifests"] = new Map(),
): Promise<Kept> {
  await assertAllGiven(context);
  const { gold } = context;
  const manifests = new Map<string, Manifest>();
  const files = new Map<string, string>();
  for (const [i, { storage }] of gold.entries()) {
    const nameOf = (path: string) =>
      gold.length === 1 ? path : `${path} of gold[${i}] (${storage.description})`;
    for await (const path of slateManifests(storage)) {
      const name = nameOf(path);
      const manifest = known.get(name) ?? (await readManifest(storage, path));
      manifests.set(name, manifest);
      for (const file of manifest.inputs.flatMap((input) => input.files))
        if (!files.has(file.path)) files.set(file.path, name);
    }
    await assertTrainingSetsReadable(storage);
  }
  return { manifests, files };
}

/**
 * Refuses while a gold store that is registered with the bronze was not given: its manifests may name files that would
 * be removed.
 *
 * @throws BronzeError `GOLD_MISSING`; `INVALID_ARGUMENT` for a store that is both given and to be forgotten
 */
export async function assertAllGiven({ bronze, gold, forget }: RetentionContext): Promise<void> {
  const given = new Set<string>();
  for (const { storage } of gold) {
    const id = await storeIdOf(storage);
    if (id === undefined) continue;
    given.add(id);
    if (!forget.has(id)) continue;
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `The gold store ${id} (${storage.description}) is given, and to be forgotten; choose one of the two.`,
      { id },
    );
  }
  const missing = (await registeredGold(bronze.storage, forget)).filter(({ id }) => !given.has(id));
  if (missing.length === 0) return;
  throw new BronzeError(
    "GOLD_MISSING",
    `A gold store that is registered with this bronze is not among the ${gold.length} given: ` +
      `${missing.map(registrationText).join("; ")}. Its manifests may name files that would be removed. Give it (gold: [...]), or, if it is ` +
      `gone for good, pass forget: ${JSON.stringify(missing.map(({ id }) => id))}. Nothing was removed.`,
    { missing },
  );
}

function registrationText({ id, root, registeredAt }: RegisteredGold): string {
  const where = root === "." ? "beside bronze, under the same root" : `on ${root}`;
  return `${id}, registered at ${registeredAt}, then ${where}`;
}

async function* slateManifests(storage: Storage, folder = "gold/slates"): AsyncGenerator<string> {
  for (const { name, kind } of await storage.list(folder)) {
    const path = joinPath(folder, name);
    if (kind === "folder") yield* slateManifests(storage, path);
    else if (parseManifestName(name)) yield path;
  }
}

async function assertTrainingSetsReadable(storage: Storage): Promise<void> {
  for (const { name, kind } of await storage.list("gold/training")) {
    if (kind !== "folder") continue;
    const path = joinPath("gold/training", name, "manifest.json");
    const bytes = await readIfThere(storage, path);
    if (bytes) parseTrainingManifest(bytes, path);
  }
}
