import { isBronzeError } from "../errors.js";
import { isOfTool, joinPath, mapReads, type Reading } from "../storage/index.js";
import { type Finding, manual, unreadable } from "./finding.js";

/** Every file of a storage, hidden ones too, by path; and folders that could not be looked into. */
interface Walk {
  readonly files: readonly string[];
  readonly findings: readonly Finding[];
  /** Folders of tools, which were not looked into. */
  readonly leftOut: readonly string[];
}

/** Deeper than any tree of this library; a link that leads back up would have no end. */
const MAX_DEPTH = 32;

/**
 * Walks a root.
 *
 * @param used folders of datasets: a folder of a tool in which one lies is looked into
 */
export async function walk(storage: Reading, used: readonly string[], folder = "", depth = 0): Promise<Walk> {
  try {
    const entries = await storage.list(folder);
    const parts = await mapReads(storage, entries, async (storage, { name, kind }): Promise<Walk> => {
      const path = pathOf(folder, name);
      if (typeof path !== "string") return { ...NOTHING, findings: [path] };
      if (kind === "file") return { ...NOTHING, files: [path] };
      if (isOfTool(name) && !used.some((own) => `${own}/`.startsWith(`${path}/`)))
        return { ...NOTHING, leftOut: [path] };
      if (depth === MAX_DEPTH) return { ...NOTHING, findings: [tooDeep(path)] };
      return walk(storage, used, path, depth + 1);
    });
    return {
      files: parts.flatMap(({ files }) => files),
      findings: parts.flatMap(({ findings }) => findings),
      leftOut: parts.flatMap(({ leftOut }) => leftOut),
    };
  } catch (error) {
    if (!isBronzeError(error) || depth === 0) throw error;
    return { ...NOTHING, findings: [unreadable(folder, error.message)] };
  }
}

const NOTHING: Walk = { files: [], findings: [], leftOut: [] };

function pathOf(folder: string, name: string): string | Finding {
  try {
    return joinPath(folder, name);
  } catch (error) {
    if (!isBronzeError(error, "INVALID_PATH")) throw error;
    return unreadable(folder === "" ? "." : folder, error.message);
  }
}

function tooDeep(path: string): Finding {
  return manual(
    "unreadable-folder",
    path,
    `It lies ${MAX_DEPTH} folders deep, and was not looked into.`,
    "Is a link in it that leads back up? Remove it.",
  );
}
