import { BronzeError } from "../../src/errors.js";

/** The code a promise is rejected with; `"resolved"` when it is not. Errors that are not ours are thrown on. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "resolved";
  } catch (error) {
    if (error instanceof BronzeError) return error.code;
    throw error;
  }
}
