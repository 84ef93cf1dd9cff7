import { isBronzeError } from "../../errors.js";
import { joinPath, type Reading, readIfThere } from "../../storage/index.js";
import { openParquet, type ParquetFile } from "../../table/index.js";
import { readPartFacts } from "../retained/part-facts.js";
import { type RetainedDay, readRetained } from "../retained/retained-day.js";
import { contentsOfParts } from "./part-content.js";

/** What retention did with the parts of a unit. */
export interface RetainedParts {
  /** The state that says so; what was looked for besides is there as long as this one is (`isUnchanged`). */
  readonly day: RetainedDay;
  /** Content digests of the parts that its compacted files hold, computed from their rows. */
  readonly contents: ReadonlySet<string>;
  /** By the path of each of its compacted files, its parts as `partsNamed` has them. */
  readonly parts: ReadonlyMap<string, readonly PartNamed[]>;
  /** SHA-256 of the bytes, and content digests, of the parts that it records as pruned. */
  readonly pruned: ReadonlySet<string>;
  /** Its compacted files that cannot be read, or are gone. */
  readonly damaged: readonly string[];
}

/**
 * What became of the parts of a unit. Footers say which parts there are, and are not believed: each content is computed
 * again.
 *
 * @param folder the unit's (`unitFolderOf`)
 * @throws BronzeError `RETENTION_INVALID` of the unit's state
 */
export async function retainedParts(storage: Reading, folder: string): Promise<RetainedParts> {
  const day = await readRetained(storage, folder);
  const contents = new Set<string>();
  const parts = new Map<string, readonly PartNamed[]>();
  const damaged: string[] = [];
  for (const name of day.compacted) {
    const at = joinPath(folder, name);
    try {
      const file = openParquet(await storage.read(at), at);
      for (const content of contentsOfParts(file)) contents.add(content);
      const named = partsOf(file, folder);
      if (named) parts.set(at, named);
    } catch (error) {
      if (!isBronzeError(error) || !DAMAGE.has(error.code)) throw error;
      damaged.push(at);
    }
  }
  return { day, contents, parts, pruned: prunedOf(day), damaged };
}

const DAMAGE: ReadonlySet<string> = new Set(["NOT_FOUND", "CORRUPT_FILE", "RETENTION_INVALID"]);

function prunedOf({ gone, pruned }: RetainedDay): Set<string> {
  const files = [...gone.values()].flat();
  return new Set([
    ...files.filter(({ into }) => into === null).map(({ sha256 }) => sha256),
    ...pruned.parts.flatMap(({ sha256, content }) => [sha256, content]),
  ]);
}

/** A part as the footer of a compacted file names it. */
export interface PartNamed {
  /** Where it was written first. */
  readonly path: string;
  readonly content: string;
}

/**
 * The parts of a compacted file, as its footer says; `undefined` where it does not say enough of them (0.1), or cannot
 * be read.
 *
 * @param folder the unit's
 */
export async function partsNamed(
  storage: Pick<Reading, "read">,
  folder: string,
  path: string,
): Promise<readonly PartNamed[] | undefined> {
  const bytes = await readIfThere(storage, path);
  try {
    return bytes && partsOf(openParquet(bytes, path), folder);
  } catch (error) {
    if (isBronzeError(error) && DAMAGE.has(error.code)) return undefined;
    throw error;
  }
}

function partsOf(file: ParquetFile, folder: string): readonly PartNamed[] | undefined {
  const list = readPartFacts(file);
  if (list?.version !== 2) return undefined;
  return list.parts.map(({ path, content }) => ({ path: joinPath(folder, path), content }));
}
