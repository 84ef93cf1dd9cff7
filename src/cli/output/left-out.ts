import { counted } from "../../shown.js";
import { type Context, notes } from "./context.js";

/** Whether an answer may go without files. */
interface MayLeaveOut {
  readonly onCorrupt?: "throw" | "skip";
  readonly acceptPruned?: boolean;
}

/** The files that an answer goes without. */
interface LeftOut {
  readonly filesSkipped: readonly string[];
  readonly filesPruned: readonly string[];
}

/** Names the files that an answer goes without, where flags allow that it does. */
export async function noteLeftOut(
  context: Context,
  flags: MayLeaveOut,
  provenance: () => LeftOut | Promise<LeftOut>,
): Promise<void> {
  if (flags.onCorrupt !== "skip" && !flags.acceptPruned) return;
  const { filesSkipped, filesPruned } = await provenance();
  notes(context, [
    ...named("corrupt", "passed over", filesSkipped),
    ...named("pruned", "missing", filesPruned),
  ]);
}

function named(what: string, state: string, files: readonly string[]): string[] {
  return files.length === 0 ? [] : [`${counted(files.length, `${what} file`)} ${state}: ${files.join(", ")}`];
}
