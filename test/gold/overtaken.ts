import type { Storage } from "bronzestore";
import { hooked } from "./hooked-storage.js";

/** A storage, and what another process does over it. */
interface Overtaken {
  readonly storage: Storage;
  move(): Promise<unknown>;
}

/**
 * Tries something on a storage, each time on a new one, that is overtaken just before its first call, and before each `step`th
 * from there, to the last.
 *
 * @param tried with the storage that is overtaken, and where, for messages
 */
export async function overtakenAtEachCall(
  step: number,
  make: () => Promise<Overtaken>,
  tried: (storage: Storage, at: string) => Promise<void>,
): Promise<void> {
  for (let index = 0; ; index += step) {
    const { storage, move } = await make();
    let isMoved = false;
    const overtaken = hooked(storage, {
      async before(_, call) {
        if (call !== index) return;
        isMoved = true;
        await move();
      },
    });
    await tried(overtaken, `overtaken at call ${index}`);
    if (!isMoved) return;
  }
}
