import { summary } from "../printed.js";
import { counted } from "../shown.js";
import type { Storage } from "../storage/index.js";
import { formatInstant } from "../time/index.js";
import type { Pointer } from "./pointer-file.js";
import type { RunPaths } from "./run-paths.js";
import type { RunRecord } from "./run-record.js";

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

export function runRecordText(record: RunRecord): string {
  const { run_id, name, status, cutoff, started_at, ended_at, stages, pointers, error } = record;
  return summary(`RunRecord ${run_id} of ${name}: ${status}`, [
    `cutoff ${cutoff}, ${started_at} to ${ended_at ?? "now"}`,
    ...(error ? [`${error.code ?? "error"}: ${error.message}`] : []),
    ...stages.map(
      ({ stage, status, rows, bytes }) => `${stage}: ${status}, ${counted(rows, "row")}, ${bytes} bytes`,
    ),
    ...pointers.map(({ path, from }) => `${path} moved from ${from ?? "nothing"}`),
  ]);
}

export function pointerText({ run_id, run_as_of_ts, generated_at, inputs_digest }: Pointer): string {
  return summary(`Pointer to run ${run_id} as of ${formatInstant(run_as_of_ts)}`, [
    ...(generated_at === undefined ? [] : [`written at ${formatInstant(generated_at)}`]),
    ...(inputs_digest === undefined ? [] : [`inputs ${inputs_digest}`]),
  ]);
}
