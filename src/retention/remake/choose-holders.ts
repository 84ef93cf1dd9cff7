import { type FoundCompacted, fileId } from "../../trash/index.js";

/**
 * Those of some compacted files that together hold each part once; `undefined` where there is no such choice. An interrupted
 * apply leaves a file beside the one that holds its parts; where several choices are possible, each gives the same rows.
 */
export function chooseHolders(files: readonly FoundCompacted[]): FoundCompacted[] | undefined {
  const largerFirst = [...files].sort(
    (a, b) => b.parts.length - a.parts.length || (a.path < b.path ? -1 : 1),
  );
  const holders = new Map<string, FoundCompacted[]>();
  for (const file of largerFirst) {
    for (const part of file.parts) {
      const own = holders.get(fileId(part));
      if (own) own.push(file);
      else holders.set(fileId(part), [file]);
    }
  }
  const cover = coverOf([...holders], new Set());
  return cover && files.filter((file) => cover.includes(file) || file.parts.length === 0);
}

/** Files that hold each of these parts once, and no part that is held already. */
function coverOf(
  parts: readonly (readonly [id: string, holders: readonly FoundCompacted[]])[],
  held: ReadonlySet<string>,
): FoundCompacted[] | undefined {
  const at = parts.findIndex(([id]) => !held.has(id));
  if (at < 0) return [];
  for (const file of parts[at]![1]) {
    const ids = file.parts.map(fileId);
    if (ids.some((id) => held.has(id))) continue;
    const rest = coverOf(parts.slice(at + 1), new Set([...held, ...ids]));
    if (rest) return [file, ...rest];
  }
  return undefined;
}
