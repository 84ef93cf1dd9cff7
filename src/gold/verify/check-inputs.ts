import {
  contentOfFile,
  type DayFile,
  isUnchanged,
  partsNamed,
  type RetainedParts,
  retainedParts,
  unitFolderOf,
} from "../../bronze/index.js";
import { type AnyDataset, isCompactedName } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import { isBronzeError } from "../../errors.js";
import { readIfThere, type Storage } from "../../storage/index.js";
import { contentOf, type ManifestFile } from "../manifest/manifest.js";

/** What became of an input of a manifest. */
export interface InputState {
  /**
   * - `intact`: its rows are where they were, or in a compacted file;
   * - `rewritten`: the same rows lie there in other bytes;
   * - `pruned`: it is gone, and the day's record says that it was pruned;
   * - `changed`, `missing`: what was read is there no more.
   */
  readonly state: "intact" | "rewritten" | "pruned" | "changed" | "missing";
  /** SHA-256 of what lies under its path now. */
  readonly actual?: string | undefined;
  /** The compacted file that may hold it, and is damaged. */
  readonly damaged?: string;
}

/** Looks where the inputs of manifests are. */
export interface InputChecker {
  /** @param content the input's content digest, where it is known from elsewhere than its manifest */
  check(dataset: AnyDataset, file: ManifestFile, content?: string): Promise<InputState>;
  /** A file of bronze as it lies there; `undefined` where there is none. */
  there(path: string): Promise<FileThere | undefined>;
  /** Where the parts of a file of history lay before it was compacted; of any other, itself. */
  partsOf(file: DayFile): Promise<readonly string[]>;
}

/**
 * A checker that reads each file at most once for its bytes and once for its content, however many manifests name it. It
 * keeps digests only.
 */
export function inputChecker(storage: Storage): InputChecker {
  const files = new Remembered((path) => fileAt(storage, path));
  const units = new Remembered((folder) => retainedParts(storage, folder));

  async function look(
    file: ManifestFile,
    folder: string | undefined,
    content: string | undefined,
  ): Promise<InputState> {
    const there = await files.of(file.path);
    if (there?.sha256 === file.sha256) return { state: "intact" };
    const actual = there?.sha256;
    if (content !== undefined && (await there?.content()) === content) return { state: "rewritten", actual };
    const unit: RetainedParts | undefined = folder === undefined ? undefined : await units.of(folder);
    if (unit && content !== undefined && unit.contents.has(content)) return { state: "intact" };
    if (unit?.pruned.has(file.sha256) || (content !== undefined && unit?.pruned.has(content)))
      return { state: "pruned", actual };
    const [damaged] = unit?.damaged ?? [];
    if (damaged !== undefined && !there) return { state: "changed", damaged };
    return there ? { state: "changed", actual } : { state: "missing" };
  }

  return {
    async check(dataset, file, content = contentOf(file)) {
      const folder = unitFolderOf(dataset, file.path);
      for (;;) {
        const found = await look(file, folder, content);
        if (!isAlarm(found) || folder === undefined) return found;
        // It may have been moved between the two looks. It was not, where the state of the unit is the same before the file is looked
        // for and after.
        const { day } = await units.of(folder);
        files.forget(file.path);
        const again = await look(file, folder, content);
        if (!isAlarm(again) || (await isUnchanged(storage, day))) return again;
        units.forget(folder);
      }
    },

    there: (path) => files.of(path),

    async partsOf({ path, folder }) {
      if (!isCompactedName(path)) return [path];
      const { parts } = await units.of(folder);
      // It may have been made since the unit was looked at.
      const named = parts.get(path) ?? (await partsNamed(storage, folder, path));
      return named?.map((part) => part.path) ?? [path];
    },
  };
}

function isAlarm({ state }: InputState): boolean {
  return state === "missing" || state === "changed";
}

/** A file as it lies there; its content is computed when it is first asked for. */
export interface FileThere {
  readonly sha256: string;
  /** Its content digest; `undefined` where the file cannot be read. */
  content(): Promise<string | undefined>;
}

async function fileAt(storage: Storage, path: string): Promise<FileThere | undefined> {
  const bytes = await readIfThere(storage, path);
  if (!bytes) return undefined;
  let content: Promise<string | undefined> | undefined;
  return {
    sha256: sha256(bytes),
    content() {
      content ??= contentAt(storage, path);
      return content;
    },
  };
}

async function contentAt(storage: Storage, path: string): Promise<string | undefined> {
  const bytes = await readIfThere(storage, path);
  try {
    return bytes && contentOfFile(bytes, path);
  } catch (error) {
    if (isBronzeError(error)) return undefined; // damaged, so it has no content
    throw error;
  }
}

/** Answers by name, each found once. */
class Remembered<T> {
  readonly #find: (name: string) => Promise<T>;
  readonly #known = new Map<string, Promise<T>>();

  constructor(find: (name: string) => Promise<T>) {
    this.#find = find;
  }

  of(name: string): Promise<T> {
    let known = this.#known.get(name);
    if (!known) {
      known = this.#find(name);
      this.#known.set(name, known);
    }
    return known;
  }

  forget(name: string): void {
    this.#known.delete(name);
  }
}
