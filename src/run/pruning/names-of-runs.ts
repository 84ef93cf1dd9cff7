import type { BronzeStore } from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import {
  foreignFiles,
  type GoldStore,
  isForeignManifest,
  parseManifestName,
  parseTrainingManifest,
  readManifest,
} from "../../gold/index.js";
import { assertAllGiven } from "../../retention/index.js";
import { joinPath, readIfThere, type Storage } from "../../storage/index.js";
import { readPointerFrom } from "../pointer.js";
import type { SurveyedRuns } from "./survey-runs.js";

/** Whose runs are pruned, and who may name them. */
export interface RunPruningContext {
  readonly storage: Storage;
  readonly timeZone: string;
  /** Over the same storage: gold stores are registered with it. */
  readonly bronze: BronzeStore<readonly AnyDataset[]>;
  /** Each once. */
  readonly gold: readonly GoldStore<readonly AnyDataset[]>[];
  readonly forget: ReadonlySet<string>;
  /** Paths of pointers that must be there. */
  readonly pointers: readonly string[];
  readonly clock: () => bigint;
}

/** Which runs manifests were found to name, by store and path: they are written once, and not read again. */
export type KnownManifests = Map<string, readonly string[]>;

/**
 * The runs that pointers and manifests name, and who names them.
 *
 * @param paths of pointers, as `pointersOf` tells them
 * @throws BronzeError `POINTER_INVALID`, `GOLD_MISSING`, and as `parseManifest` where a manifest cannot be read
 */
export async function namedRuns(
  context: RunPruningContext,
  paths: readonly string[],
  known: KnownManifests,
): Promise<Map<string, string>> {
  const named = new Map<string, string>();
  for (const path of paths) {
    const pointer = await readPointerFrom(context.storage, path);
    if (pointer) named.set(pointer.run_id, `the pointer ${path}`);
  }
  await assertAllGiven(context);
  for (const [i, { storage }] of context.gold.entries()) {
    const where = context.gold.length === 1 ? "" : ` of gold[${i}] (${storage.description})`;
    for await (const { path, what, ids } of namesInGold(storage, known, i))
      for (const id of ids) if (!named.has(id)) named.set(id, `the ${what} ${path}${where}`);
  }
  return named;
}

/**
 * The pointers that count: those given, and those that any run file says it moved.
 *
 * @throws BronzeError `NOT_FOUND` for one given that is not there
 */
export async function pointersOf(
  { storage, pointers }: RunPruningContext,
  { runs }: SurveyedRuns,
): Promise<string[]> {
  for (const path of pointers) {
    if (await storage.stat(path)) continue;
    throw new BronzeError(
      "NOT_FOUND",
      `There is no pointer ${path}, so it would keep no run. Correct its path, or leave it out of pointers. Nothing was pruned.`,
      { path },
    );
  }
  const moved = runs.flatMap(({ record }) => record.pointers.map(({ path }) => path));
  return [...new Set([...pointers, ...moved])].sort();
}

interface NamesInFile {
  readonly path: string;
  readonly what: string;
  readonly ids: readonly string[];
}

/** What the manifests of a gold store name: its own, and those of other programs. */
async function* namesInGold(
  storage: Storage,
  known: KnownManifests,
  store: number,
): AsyncGenerator<NamesInFile> {
  const ours = new Set<string>();
  for await (const path of jsonFiles(storage, "gold")) {
    const key = `${store} ${path}`;
    const ids = known.get(key) ?? (await idsInManifest(storage, path));
    if (!ids) continue; // below, with all that is foreign
    known.set(key, ids);
    ours.add(path);
    yield { path, what: "manifest", ids };
  }
  for await (const { path, texts, reason } of foreignFiles(storage, "gold", ours)) {
    if (!texts)
      throw new BronzeError(
        "MANIFEST_INVALID",
        `${path} in ${storage.description} is another program's (${reason}), so nobody knows which runs it names. Mend it, or move ` +
          "it out of gold/. Nothing was pruned.",
        { file: path },
      );
    const ids = [...texts].flatMap((text) => text.match(RUN_IDS) ?? []);
    yield { path, what: "foreign manifest", ids };
  }
}

const RUN_IDS = /\d{8}T\d{6}Z-[0-9a-f]{8}/g;

/** `undefined` for what is no manifest of this library. */
async function idsInManifest(storage: Storage, path: string): Promise<string[] | undefined> {
  const [, kind, ...below] = path.split("/");
  const name = below.at(-1)!;
  if (kind === "slates" && parseManifestName(name)) {
    const manifest = await readManifest(storage, path);
    return manifest && idsOf(manifest);
  }
  if (kind !== "training" || below.length !== 2 || name !== "manifest.json") return undefined;
  const bytes = await readIfThere(storage, path);
  return bytes && !isForeignManifest(bytes) ? idsOf(parseTrainingManifest(bytes, path)) : undefined;
}

function idsOf({ run_id }: { readonly run_id: string | null }): string[] {
  return run_id === null ? [] : [run_id];
}

async function* jsonFiles(storage: Storage, folder: string): AsyncGenerator<string> {
  for (const { name, kind } of await storage.list(folder)) {
    const path = joinPath(folder, name);
    if (kind === "folder") yield* jsonFiles(storage, path);
    else if (name.endsWith(".json")) yield path;
  }
}
