import { BronzeError } from "../../errors.js";
import { given, type OptionTable } from "../../options.js";
import { shown } from "../../shown.js";
import { joinPath, type Storage } from "../../storage/index.js";
import { isForeignManifest } from "./foreign.js";
import { type Manifest, parseManifest } from "./manifest.js";
import { parseManifestName, type SlateKey, type SlateRules, slateFolder, slateOfFolder } from "./slate.js";

/** A manifest's path, snapshot type and revision. */
export interface RevisionPath {
  readonly snapshot: string;
  readonly revision: number;
  readonly path: string;
}

/** One that was read. */
interface Revision extends RevisionPath {
  readonly manifest: Manifest;
}

/** The names of one slate and snapshot type, oldest revision first; some may be another program's. */
async function namesOf(storage: Storage, folder: string, snapshot: string): Promise<RevisionPath[]> {
  const all = await manifestsIn(storage, folder);
  return all.filter((entry) => entry.snapshot === snapshot);
}

/** The newest revision of one slate and snapshot type. @throws BronzeError as `parseManifest` */
export async function newestRevision(
  storage: Storage,
  folder: string,
  snapshot: string,
): Promise<Revision | undefined> {
  return newestOf(storage, await namesOf(storage, folder, snapshot));
}

async function newestOf(storage: Storage, names: readonly RevisionPath[]): Promise<Revision | undefined> {
  for (const name of names.toReversed()) {
    const manifest = await readManifest(storage, name.path);
    if (manifest) return { ...name, manifest };
  }
  return undefined;
}

/** The number of the next revision: after every name of a manifest that is taken, by whomever. */
export async function nextRevision(storage: Storage, folder: string, snapshot: string): Promise<number> {
  return ((await namesOf(storage, folder, snapshot)).at(-1)?.revision ?? 0) + 1;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Every manifest in a slate's folder, by snapshot type, then revision. */
export async function manifestsIn(storage: Storage, folder: string): Promise<RevisionPath[]> {
  const found: RevisionPath[] = [];
  for (const { name, kind } of await storage.list(folder)) {
    const parsed = kind === "file" ? parseManifestName(name) : undefined;
    if (parsed) found.push({ ...parsed, path: joinPath(folder, name) });
  }
  return found.sort((a, b) =>
    a.snapshot < b.snapshot ? -1 : a.snapshot > b.snapshot ? 1 : a.revision - b.revision,
  );
}

/** Reads and checks one manifest; `undefined` where it is another program's. @throws BronzeError as `parseManifest` */
export async function readManifest(
  storage: Pick<Storage, "read">,
  path: string,
): Promise<Manifest | undefined> {
  const bytes = await storage.read(path);
  return isForeignManifest(bytes) ? undefined : parseManifest(bytes, path);
}

/**
 * The manifest of a slate: its newest revision, or the given one. Its path must match its content.
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
  const names = await namesOf(storage, folder, snapshot);
  const asked = names.filter((name) => revision === undefined || name.revision === revision);
  const wanted = await newestOf(storage, asked);
  if (!wanted) {
    const which = revision === undefined ? "" : ` revision ${revision}`;
    throw new BronzeError(
      "SLATE_NOT_FROZEN",
      `The ${snapshot}${which} of ${shown(slate)} is not frozen: ${folder} has ${whatIsThere(names, asked)}.`,
      { slate, snapshot },
    );
  }
  const { manifest } = wanted;
  const says = `${slateFolder(rules, manifest.slate)} ${manifest.snapshot} r${manifest.revision}`;
  if (says !== `${folder} ${wanted.snapshot} r${wanted.revision}`) {
    throw new BronzeError("MANIFEST_TAMPERED", `${wanted.path} is the manifest of another slate: ${says}.`, {
      file: wanted.path,
    });
  }
  return { manifest, path: wanted.path };
}

function whatIsThere(names: readonly RevisionPath[], asked: readonly RevisionPath[]): string {
  if (names.length === 0) return "no manifest of it";
  if (asked.length === 0) return `revisions ${names.map(({ revision }) => revision).join(", ")}`;
  return `${asked.map(({ path }) => nameOf(path)).join(", ")} of another program, and no manifest of it`;
}

/**
 * Which slates to walk over.
 *
 * @category Gold
 */
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

/** Whether anything is frozen under a name, be it damaged. */
export async function isFrozen(
  storage: Storage,
  rules: SlateRules,
  slate: SlateKey,
  snapshot: string,
): Promise<boolean> {
  for (const { path } of (await namesOf(storage, slateFolder(rules, slate), snapshot)).toReversed())
    if (!isForeignManifest(await storage.read(path))) return true;
  return false;
}

/** The newest revision of each frozen slate in a range of dates, of one snapshot type or of all. */
export async function* newestManifests(
  { storage, rules }: { readonly storage: Storage; readonly rules: SlateRules },
  { snapshot: wanted, ...range }: SlateRange & { readonly snapshot?: string },
): AsyncGenerator<Manifest> {
  for await (const folder of slateFolders(storage, rules, range)) {
    const manifests = await manifestsIn(storage, folder);
    for (const snapshot of new Set(manifests.map((name) => name.snapshot))) {
      if (wanted !== undefined && wanted !== snapshot) continue;
      const newest = await newestOf(
        storage,
        manifests.filter((name) => name.snapshot === snapshot),
      );
      if (newest) yield newest.manifest;
    }
  }
}
