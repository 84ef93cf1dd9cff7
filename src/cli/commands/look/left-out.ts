import { counted } from "../../../shown.js";
import type { ReadingFlags } from "../../arguments/flags.js";
import { type Context, notes } from "../../output/context.js";

/** The files that an answer goes without. */
interface LeftOut {
  readonly filesSkipped: readonly string[];
  readonly filesPruned: readonly string[];
}

/** Names the files that an answer goes without, where flags allow that it does. */
export function noteLeftOut(context: Context, flags: ReadingFlags, provenance: () => LeftOut): void {
  if (flags.onCorrupt !== "skip" && !flags.acceptPruned) return;
  const { filesSkipped, filesPruned } = provenance();
  notes(context, [
    ...named("corrupt", "passed over", filesSkipped),
    ...named("pruned", "missing", filesPruned),
  ]);
}

function named(what: string, state: string, files: readonly string[]): string[] {
  return files.length === 0 ? [] : [`${counted(files.length, `${what} file`)} ${state}: ${files.join(", ")}`];
}
