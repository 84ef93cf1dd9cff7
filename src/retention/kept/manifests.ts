import { type BronzeStore, type RegisteredGold, registeredGold } from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import {
  attestationBeside,
  foreignFiles,
  type GoldStore,
  isForeignManifest,
  type Manifest,
  type ManifestFile,
  parseManifestName,
  parseTrainingManifest,
  readAttestation,
  readManifest,
  storeIdOf,
} from "../../gold/index.js";
import { joinPath, readIfThere, type Storage } from "../../storage/index.js";
import type { NamedPart } from "../../trash/index.js";
import { ForeignPaths } from "./foreign-paths.js";

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
  /** A manifest that names a bronze file, ours or another program's. */
  namedBy(path: string): string | undefined;
  /** Whether a slate was frozen from a folder: one of our manifests names a file below it. */
  isFrozenFrom(folder: string): boolean;
  /**
   * A manifest that names a file by its bytes, so that it stays as it lies: of version 1 without an attestation, or
   * another program's. What is named by content may go into other files.
   */
  heldBy(path: string): string | undefined;
  /** Why a part is never pruned: a manifest's answer needs it. In version 1, without an attestation, each is needed. */
  decidedBy(part: NamedPart): Keeper | undefined;
}

/** A manifest that keeps a part, and how: `decides the answer of`, or `named by` where nobody knows whether it does. */
export interface Keeper {
  readonly reason: "decides the answer of" | "named by";
  readonly manifest: string;
}

/**
 * Reads every manifest of every gold store: each revision, each snapshot type, whatever the slate's keys are called, and the
 * training sets', which name no bronze file so far; and every other JSON file there, which may name some. One that cannot
 * be read is an error, since nobody knows what it names.
 *
 * @param known manifests read before, which are not read again: they are written once
 * @throws BronzeError `GOLD_MISSING`, `RETENTION_INVALID`, `MANIFEST_INVALID` also for a foreign file that is not JSON, and
 * as `parseManifest`
 */
export async function keptByManifests(
  context: RetentionContext,
  known: Kept["manifests"] = new Map(),
): Promise<Kept> {
  await assertAllGiven(context);
  const { gold } = context;
  const manifests = new Map<string, Manifest>();
  const files = new Map<string, string>();
  const folders = new Set<string>();
  const held = new Map<string, string>();
  const deciding = new Map<string, Keeper>();
  const decide = (ids: readonly string[], manifest: string, reason: Keeper["reason"]) => {
    for (const id of ids) if (!deciding.has(id)) deciding.set(id, { reason, manifest });
  };
  const foreign = new ForeignPaths();
  for (const [i, { storage }] of gold.entries()) {
    const nameOf = (path: string) =>
      gold.length === 1 ? path : `${path} of gold[${i}] (${storage.description})`;
    const ours = new Set<string>();
    for await (const path of slateManifests(storage)) {
      const name = nameOf(path);
      const manifest = known.get(name) ?? (await readManifest(storage, path));
      if (!manifest) continue; // below, with all that is foreign
      ours.add(path);
      manifests.set(name, manifest);
      const attestation = await readAttestation(storage, path, manifest);
      if (attestation) ours.add(attestationBeside(path));
      for (const file of manifest.inputs.flatMap((input): readonly ManifestFile[] => input.files)) {
        addFirst(files, file.path, name);
        for (const folder of foldersAbove(file.path)) folders.add(folder);
        if (manifest.version === 1 && !attestation) {
          addFirst(held, file.path, name);
          decide([file.path, file.sha256], name, "named by");
        } else if ("decides" in file && file.decides)
          decide([file.sha256, file.content], name, "decides the answer of");
      }
      for (const { sha256, content, decides } of attestation?.files ?? [])
        if (decides) decide([sha256, content], name, "decides the answer of");
    }
    for await (const path of trainingManifests(storage)) ours.add(path);
    for await (const { path, texts, reason } of foreignFiles(storage, "gold", ours)) {
      if (!texts)
        throw new BronzeError(
          "MANIFEST_INVALID",
          `${nameOf(path)} is another program's (${reason}), so nobody knows which files of bronze it names. Mend it, or move ` +
            "it out of gold/. Nothing was removed.",
          { file: path },
        );
      foreign.add(texts, `the foreign manifest ${nameOf(path)}`);
    }
  }
  return {
    manifests,
    namedBy: (path) => files.get(path) ?? foreign.namedBy(path),
    isFrozenFrom: (folder) => folders.has(folder),
    heldBy: (path) => held.get(path) ?? foreign.namedBy(path),
    decidedBy({ path, sha256, content }) {
      for (const id of [content, sha256, path]) {
        const keeper = id === undefined ? undefined : deciding.get(id);
        if (keeper) return keeper;
      }
      const manifest = foreign.namedBy(path);
      return manifest === undefined ? undefined : { reason: "named by", manifest };
    },
  };
}

function foldersAbove(path: string): string[] {
  const names = path.split("/").slice(0, -1);
  return names.map((_, i) => names.slice(0, i + 1).join("/"));
}

function addFirst(names: Map<string, string>, id: string, name: string): void {
  if (!names.has(id)) names.set(id, name);
}

/**
 * Refuses while a gold store that is registered with the bronze was not given: its manifests may name files that would
 * be removed.
 *
 * @throws BronzeError `GOLD_MISSING`; `INVALID_ARGUMENT` for a store that is both given and to be forgotten
 */
export async function assertAllGiven({ bronze, gold, forget }: RetentionContext): Promise<void> {
  // Before the ids are read: a store has its id before it registers, so one that comes meanwhile is not taken for another's.
  const registered = await registeredGold(bronze.storage, forget);
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
  const missing = registered.filter(({ id }) => !given.has(id));
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

/** Those of training sets, after each was read. @throws BronzeError as `parseTrainingManifest` */
async function* trainingManifests(storage: Storage): AsyncGenerator<string> {
  for (const { name, kind } of await storage.list("gold/training")) {
    if (kind !== "folder") continue;
    const path = joinPath("gold/training", name, "manifest.json");
    const bytes = await readIfThere(storage, path);
    if (!bytes || isForeignManifest(bytes)) continue;
    parseTrainingManifest(bytes, path);
    yield path;
  }
}
