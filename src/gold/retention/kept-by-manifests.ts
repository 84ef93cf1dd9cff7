import { joinPath, type Storage } from "../../storage/index.js";
import type { Manifest } from "../manifest.js";
import { readManifest } from "../revisions.js";
import { parseManifestName } from "../slate.js";

/** Every manifest there is, and the bronze files they name. */
export interface Kept {
  /** By path of the manifest. */
  readonly manifests: ReadonlyMap<string, Manifest>;
  /** Path of a bronze file -> path of a manifest that names it. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Reads every manifest below `gold/slates`: each revision, each snapshot type, whatever the slate's keys are called.
 * One that cannot be read is an error, since nobody knows what it names.
 *
 * @param known manifests read before, which are not read again: they are written once
 * @throws BronzeError as `parseManifest`
 */
export async function keptByManifests(storage: Storage, known: Kept["manifests"] = new Map()): Promise<Kept> {
  const manifests = new Map<string, Manifest>();
  const files = new Map<string, string>();
  async function walk(folder: string): Promise<void> {
    for (const { name, kind } of await storage.list(folder)) {
      const path = joinPath(folder, name);
      if (kind === "folder") await walk(path);
      else if (parseManifestName(name)) {
        const manifest = known.get(path) ?? (await readManifest(storage, path));
        manifests.set(path, manifest);
        for (const file of manifest.inputs.flatMap((input) => input.files))
          if (!files.has(file.path)) files.set(file.path, path);
      }
    }
  }
  await walk("gold/slates");
  return { manifests, files };
}
