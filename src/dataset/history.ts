import { assertIs, text } from "../options.js";

/**
 * How a dataset keeps its history below a `date=` folder.
 *
 * - `hourly`: `hour=HH/`, the domain-zone hour of a column.
 * - `perRun`: `run_ts=YYYYMMDDTHHMMSSZ/`, one folder a run, UTC.
 * - `none`: no history; only the latest view is kept.
 */
export type History<Column extends string = string> =
  | { readonly kind: "hourly"; readonly column: Column }
  | { readonly kind: "perRun" }
  | { readonly kind: "none" };

/**
 * The kinds of history, as words to write in `defineDataset`.
 *
 * @example
 * ```ts
 * history: history.hourly("report_ts")
 * ```
 */
export const history = {
  /** `hour=HH/` by an instant column, read in the dataset's zone. In autumn both hours 01 share a folder. */
  hourly<const Column extends string>(column: Column): History<Column> {
    assertIs(column, text, "The column of history.hourly");
    return { kind: "hourly", column };
  },
  /** `run_ts=YYYYMMDDTHHMMSSZ/`, one folder a run. */
  perRun: (): History<never> => ({ kind: "perRun" }),
  /** No history partitions. */
  none: (): History<never> => ({ kind: "none" }),
} as const;
