import { summary } from "../printed.js";
import type { Storage } from "../storage/index.js";
import { formatInstant } from "../time/index.js";
import type { Pointer } from "./pointer-file.js";
import type { RunPaths } from "./run-paths.js";

/** @param over why the run is over, if it is */
export function runText(
  run: {
    readonly id: string;
    readonly name: string;
    readonly cutoff: bigint;
    readonly startedAt: bigint;
    readonly storage: Pick<Storage, "description">;
    readonly paths: RunPaths;
  },
  over: string | undefined,
): string {
  const { id, name, cutoff, startedAt, storage, paths } = run;
  return summary(`Run ${id} of ${name}: ${over === undefined ? "under way" : `over: ${over}`}`, [
    `cutoff ${formatInstant(cutoff)}, started at ${formatInstant(startedAt)}`,
    `in ${storage.description}, recorded in ${paths.record}`,
  ]);
}

export function pointerText({ run_id, run_as_of_ts, generated_at, inputs_digest }: Pointer): string {
  return summary(`Pointer to run ${run_id} as of ${formatInstant(run_as_of_ts)}`, [
    ...(generated_at === undefined ? [] : [`written at ${formatInstant(generated_at)}`]),
    ...(inputs_digest === undefined ? [] : [`inputs ${inputs_digest}`]),
  ]);
}
