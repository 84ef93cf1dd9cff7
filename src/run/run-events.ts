import { assertIs, type Kind } from "../options.js";

/**
 * What happens in a run, as it happens. Instants are ISO-8601 UTC.
 *
 * @category Runs
 */
export interface RunEvent {
  readonly event:
    | "run-started"
    | "run-skipped"
    | "stage-started"
    | "stage-ended"
    | "pointer-moved"
    | "run-ended";
  /** Name of the run. */
  readonly name: string;
  /** `null` where the lock was held and no run came about. */
  readonly run_id: string | null;
  readonly at: string;
  /** Of a stage. */
  readonly stage?: string;
  /** Of a stage or run that ended. */
  readonly status?: string;
  readonly rows?: number;
  readonly bytes?: number;
  readonly duration_ms?: number;
  readonly error?: { readonly code: string | null; readonly message: string };
  /** Path of a pointer that moved. */
  readonly pointer?: string;
  /** Who holds the lock, in its own words. */
  readonly holder?: string;
}

/**
 * What `reportRun` needs of a stream; `process.stderr` is one.
 *
 * @category Runs
 */
export interface ReportStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const A_STREAM: Kind = {
  is: "a stream, with write(text)",
  accepts: (value) => typeof (value as Partial<ReportStream> | null)?.write === "function",
};

/**
 * An `onEvent` that reports: on a terminal a progress line that the stage's end replaces, elsewhere (a journal, a file)
 * one line of JSON for each stage and for the run's end.
 *
 * @throws BronzeError `INVALID_ARGUMENT` for what is no stream
 * @example
 * ```ts
 * await withRun({ root: "data", name: "live-score", onEvent: reportRun() }, score);
 * ```
 * @category Runs
 */
export function reportRun(stream: ReportStream = process.stderr): (event: RunEvent) => void {
  assertIs(stream, A_STREAM, "What reportRun writes to");
  if (!stream.isTTY) {
    return (event) => {
      if (event.event !== "run-started" && event.event !== "stage-started")
        stream.write(`${JSON.stringify(event)}\n`);
    };
  }
  return (event) => {
    if (event.event === "stage-started") stream.write(`${CLEAR_LINE}  … ${event.stage}`);
    else if (event.event === "run-started") stream.write(`${event.name} ${event.run_id}\n`);
    else stream.write(`${CLEAR_LINE}${lineOf(event)}\n`);
  };
}

const CLEAR_LINE = "\r\u001b[K";

function lineOf({ event, name, stage, status, rows, bytes, duration_ms, error, pointer, holder }: RunEvent) {
  if (event === "run-skipped") return `${name}: the lock is held by ${holder ?? "a holder without a name"}`;
  if (event === "pointer-moved") return `  → ${pointer}`;
  const mark = error ? "✗" : "✓";
  const what = event === "stage-ended" ? `  ${mark} ${stage}` : `${mark} ${name}: ${status}`;
  const counts = rows === undefined ? "" : `, ${rows} rows, ${bytes} bytes`;
  const why = error ? `: ${error.code ?? "error"}: ${error.message}` : "";
  return `${what} (${duration_ms} ms${counts})${why}`;
}
