import { lockCommits } from "../bronze/index.js";
import type { AnyDataset } from "../dataset/index.js";
import { sha256 } from "../digest.js";
import { joinPath, type Storage } from "../storage/index.js";
import { writeState } from "../trash/index.js";
import { oneAtATime } from "./apply-plan.js";
import { type RemadeState, type RemakeOptions, remadeState } from "./remake/remade-state.js";

/**
 * Makes a state again and puts it in place. What was there is kept beside it, under a name that nothing reads.
 *
 * @throws BronzeError as `remadeState`; of the lock, `LOCK_UNAVAILABLE`, `LOCK_HELD` and `NOT_A_LOCK`
 */
export async function remakeState(
  storage: Storage,
  dataset: AnyDataset,
  folder: string,
  options: RemakeOptions,
): Promise<RemadeState> {
  return oneAtATime(storage, async () => {
    const lock = await lockCommits(storage);
    try {
      const remade = await remadeState(storage, dataset, folder, options);
      if (remade.before) await storage.publish(asideOf(folder, remade.before), remade.before);
      await writeState(storage, folder, { bytes: remade.before }, remade.state);
      return remade;
    } finally {
      await lock.release();
    }
  });
}

/** Where a state that was replaced is kept. */
export function asideOf(folder: string, before: Uint8Array): string {
  return joinPath(folder, `_retention.replaced-${sha256(before).slice(0, 16)}.json`);
}
