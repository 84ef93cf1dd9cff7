import { BronzeError } from "../errors.js";
import { anObject, assertIs } from "../options.js";
import type { Storage } from "../storage/index.js";
import type { Recorder } from "./recorder.js";
import type { StageOutput } from "./stage-output.js";

/**
 * Checks that what a run's pointer names exists: kept outputs and paths as files, other outputs as completed stages of
 * this run.
 *
 * @throws BronzeError `POINTER_AHEAD`
 */
export async function assertOutputsExist(
  storage: Storage,
  recorder: Recorder,
  runId: string,
  { path, outputs }: { readonly path: string; readonly outputs: readonly (StageOutput<unknown> | string)[] },
): Promise<void> {
  const ahead = (what: string, why: string) =>
    new BronzeError("POINTER_AHEAD", `${path} would lead to ${what}, ${why}; write it before the pointer.`, {
      path,
      output: what,
    });
  if (!Array.isArray(outputs) || outputs.length === 0) throw ahead("nothing", "because it names no outputs");
  for (const output of outputs) {
    if (typeof output === "string") {
      if (!(await storage.stat(output))) throw ahead(output, "which does not exist");
      continue;
    }
    assertIs(output, anObject, "An output that a pointer is to lead to");
    const what = `stage "${output.stage}" of run ${output.runId}`;
    const entry = output.runId === runId ? recorder.stageNamed(output.stage) : undefined;
    if (entry?.status !== "completed") throw ahead(what, `which run ${runId} has not produced`);
    if (entry.output && !(await storage.stat(entry.output.path)))
      throw ahead(entry.output.path, "which does not exist");
  }
}
