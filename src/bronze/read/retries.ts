import { exactText } from "../../table/index.js";
import { type Frame, partOffsets, rowReader } from "../../travel/index.js";

/**
 * The rows of a frame without those that a retry repeated: a row in a later file of a partition that equals a row of an
 * earlier file of the same partition in every column but `ingested_ts` (so also in `run_id`) is the same row
 * captured twice. The first capture stays.
 *
 * @param comparable the same rows with all their columns, where the frame has only some; made if there is something to compare
 */
export function withoutRetries(frame: Frame, comparable: () => Frame = () => frame): Uint32Array {
  const offsets = partOffsets(frame.parts);
  const folders = new Map<string, number[]>();
  frame.parts.forEach(({ path }, part) => {
    const folder = path.slice(0, path.lastIndexOf("/"));
    const parts = folders.get(folder);
    if (parts) parts.push(part);
    else folders.set(folder, [part]);
  });

  const repeated = new Set<number>();
  const several = [...folders.values()].filter((parts) => parts.length > 1);
  const reader = rowReader(several.length > 0 ? comparable() : frame);
  const compared = reader.names.filter((name) => name !== frame.dataset.timestamps.ingested);
  const hasRunId = reader.has("run_id");
  for (const parts of several) {
    const seen = new Set<string>();
    for (const part of parts) {
      const own: string[] = [];
      const isRun = frame.parts[part]!.path.includes("/run_ts=");
      for (let row = offsets[part]!; row < offsets[part + 1]!; row++) {
        // Only a run retries. In an hour's folder without run ids, equal rows are two observations.
        if (!isRun && (!hasRunId || reader.cell("run_id", row) === null)) continue;
        const text = exactText(compared.map((name) => reader.cell(name, row)));
        if (seen.has(text)) repeated.add(row);
        else own.push(text);
      }
      // Only earlier files count: a row that is twice in one file was sent twice.
      for (const text of own) seen.add(text);
    }
  }
  const rows = Uint32Array.from({ length: offsets[offsets.length - 1]! }, (_, row) => row);
  return repeated.size === 0 ? rows : rows.filter((row) => !repeated.has(row));
}
