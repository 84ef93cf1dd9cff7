import { BronzeError } from "../errors.js";
import { given, type OptionTable } from "../options.js";
import { shown } from "../shown.js";
import { joinPath, type Storage } from "../storage/index.js";
import { type Manifest, parseManifest } from "./manifest.js";
import { parseManifestName, type SlateKey, type SlateRules, slateFolder, slateOfFolder } from "./slate.js";

/** A manifest's place. */
interface RevisionPath {
  readonly snapshot: string;
  readonly revision: number;
  readonly path: string;
}

/** The revisions of one slate and snapshot type, oldest first, by the names of their manifests alone. */
export async function revisionsOf(
  storage: Storage,
  folder: string,
  snapshot: string,
): Promise<RevisionPath[]> {
  const all = await manifestsIn(storage, folder);
  return all.filter((entry) => entry.snapshot === snapshot);
}

/** Every manifest in a slate's folder, by snapshot type, then revision. */
async function manifestsIn(storage: Storage, folder: string): Promise<RevisionPath[]> {
  const found: RevisionPath[] = [];
  for (const { name, kind } of await storage.list(folder)) {
    const parsed = kind === "file" ? parseManifestName(name) : undefined;
    if (parsed) found.push({ ...parsed, path: joinPath(folder, name) });
  }
  return found.sort((a, b) =>
    a.snapshot < b.snapshot ? -1 : a.snapshot > b.snapshot ? 1 : a.revision - b.revision,
  );
}

/** Reads and checks one manifest. @throws BronzeError as `parseManifest` */
export async function readManifest(storage: Storage, path: string): Promise<Manifest> {
  return parseManifest(await storage.read(path), path);
}

/**
 * The manifest of a slate: its newest revision, or the one asked for. Its place must be what it says it is.
 * @throws BronzeError `SLATE_NOT_FROZEN`, and as `parseManifest`
 */
export async function findManifest(
  storage: Storage,
  rules: SlateRules,
  slate: SlateKey,
  snapshot: string,
  revision?: number,
): Promise<{ manifest: Manifest; path: string }> {
  const folder = slateFolder(rules, slate);
  const revisions = await revisionsOf(storage, folder, snapshot);
  const wanted =
    revision === undefined ? revisions.at(-1) : revisions.find((entry) => entry.revision === revision);
  if (!wanted) {
    const which = revision === undefined ? "" : ` revision ${revision}`;
    throw new BronzeError(
      "SLATE_NOT_FROZEN",
      `The ${snapshot}${which} of ${shown(slate)} is not frozen: ${folder} has ${
        revisions.length === 0
          ? "no manifest of it"
          : `revisions ${revisions.map((entry) => entry.revision).join(", ")}`
      }.`,
      { slate, snapshot },
    );
  }
  const manifest = await readManifest(storage, wanted.path);
  const says = `${slateFolder(rules, manifest.slate)} ${manifest.snapshot} r${manifest.revision}`;
  if (says !== `${folder} ${wanted.snapshot} r${wanted.revision}`) {
    throw new BronzeError("MANIFEST_TAMPERED", `${wanted.path} is the manifest of another slate: ${says}.`, {
      file: wanted.path,
    });
  }
  return { manifest, path: wanted.path };
}

/** Which slates to walk over. */
export interface SlateRange {
  /** First domain date. Default: the beginning. */
  readonly from?: string;
  /** Last domain date. Default: the end. */
  readonly to?: string;
}

export const RANGE_OPTIONS: OptionTable<SlateRange> = { from: given, to: given };

/** Every frozen slate's folder in a range of dates, in path order; folders outside the range are not opened. */
export async function* slateFolders(
  storage: Storage,
  rules: SlateRules,
  { from, to }: SlateRange = {},
): AsyncGenerator<string> {
  const inRange = (date: string) => (from === undefined || date >= from) && (to === undefined || date <= to);
  async function* walk(folder: string, depth: number): AsyncGenerator<string> {
    if (depth === rules.key.length) {
      if (slateOfFolder(rules, folder)) yield folder;
      return;
    }
    const column = rules.key[depth]!;
    for (const { name, kind } of await storage.list(folder)) {
      if (kind !== "folder" || !name.startsWith(`${column}=`)) continue;
      if (column === rules.dateKey && !inRange(name.slice(column.length + 1))) continue;
      yield* walk(joinPath(folder, name), depth + 1);
    }
  }
  yield* walk("gold/slates", 0);
}

/** Whether anything is frozen under a name, without opening it. */
export async function isFrozen(
  storage: Storage,
  rules: SlateRules,
  slate: SlateKey,
  snapshot: string,
): Promise<boolean> {
  return (await revisionsOf(storage, slateFolder(rules, slate), snapshot)).length > 0;
}

/** The newest revision of each frozen slate in a range of dates, of one snapshot type or of all. */
export async function* newestManifests(
  { storage, rules }: { readonly storage: Storage; readonly rules: SlateRules },
  { snapshot: wanted, ...range }: SlateRange & { readonly snapshot?: string },
): AsyncGenerator<Manifest> {
  for await (const folder of slateFolders(storage, rules, range)) {
    const manifests = await manifestsIn(storage, folder);
    for (const [i, { snapshot, path }] of manifests.entries()) {
      const isNewest = manifests[i + 1]?.snapshot !== snapshot;
      if (isNewest && (wanted ?? snapshot) === snapshot) yield await readManifest(storage, path);
    }
  }
}
