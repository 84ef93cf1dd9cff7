import { isBronzeError } from "../../errors.js";

/**
 * Lists and reads in one go, and again when a listed file is gone by the time it is read. A file goes to the trash only
 * after what replaces it was committed, so the next listing finds the whole of that; a file that is missing for any
 * other reason is missing in every listing or none.
 */
export async function readListed<T>(listAndRead: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listAndRead();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !isBronzeError(error, "NOT_FOUND")) throw error;
    }
  }
}

/** Each takes another commit on the same day, in the moment between listing and reading. */
const MAX_ATTEMPTS = 8;
