import { isBronzeError } from "bronzestore";

/** The code by which a question was refused. What an engine says goes wrong is no refusal, and fails the test with its words. */
export function refusal(error: unknown): string {
  if (!isBronzeError(error) || error.code === "ENGINE_FAILED") throw error;
  return error.code;
}
