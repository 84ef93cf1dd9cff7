import type { AnyDataset } from "../../dataset/index.js";
import { exactText } from "../../table/index.js";
import { type Frame, partOffsets, rowReader } from "../../travel/index.js";
import { dayFileOf } from "./day-file.js";

/**
 * The rows of a frame without those that a retry repeated: a row in a later file of a run (without `{run}` in the path, of
 * a folder) that equals a row of an earlier file of it in every column but `ingested_ts` (so also in `run_id`) is the same row
 * captured twice. The first capture stays.
 *
 * @param comparable the same rows with all their columns, where the frame has only some; made if there is something to compare
 */
export function withoutRetries(frame: Frame, comparable: () => Frame = () => frame): Uint32Array {
  const offsets = partOffsets(frame.parts);
  const places = new Map<string, { readonly isRun: boolean; readonly parts: number[] }>();
  frame.parts.forEach(({ path }, part) => {
    const { place, isRun } = retryPlace(frame.dataset, path);
    const own = places.get(place);
    if (own) own.parts.push(part);
    else places.set(place, { isRun, parts: [part] });
  });

  const repeated = new Set<number>();
  const several = [...places.values()].filter(({ parts }) => parts.length > 1);
  const reader = rowReader(several.length > 0 ? comparable() : frame);
  const compared = reader.names.filter((name) => name !== frame.dataset.timestamps.ingested);
  const hasRunId = reader.has("run_id");
  for (const { isRun, parts } of several) {
    const seen = new Set<string>();
    for (const part of parts) {
      const own: string[] = [];
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

/** Where the retries of a file lie: with the files of its run, or of its folder where no path names a run. */
function retryPlace(dataset: AnyDataset, path: string): { place: string; isRun: boolean } {
  const run = dayFileOf(dataset, path)?.values.get("run");
  return run === undefined
    ? { place: path.slice(0, path.lastIndexOf("/")), isRun: false }
    : { place: `run ${run}`, isRun: true };
}
