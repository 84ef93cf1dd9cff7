import type { DurationLike, InstantLike } from "../time/index.js";
import type { ReadOptions } from "./read-options.js";

/**
 * How to join labels with a dataset at each label's own cutoff.
 *
 * Which days are read is settled label by label, so that the answer for one label never depends on the others.
 */
export interface JoinOptions<
  Label,
  On extends string = string,
  Column extends string = string,
  Prefix extends string = string,
> extends ReadOptions {
  /**
   * Key columns that labels and dataset share. The whole key gives a label at most one row; a part of it gives one
   * row for each key that holds at the cutoff, in key order.
   */
  readonly on: readonly On[];
  /** The label's column that holds its cutoff. */
  readonly cutoff: keyof Label & string;
  /** Keep only rows captured at or before this: a column of the label, or one instant for all. Default: no bound. */
  readonly knownBy?: (keyof Label & string) | InstantLike;
  /** Keep only rows whose effective time is at most this long before the cutoff. Default: no bound. */
  readonly maxAge?: DurationLike;
  /**
   * The domain date a label reads: a column of it (`game_date`) or a function. Default: the day of its cutoff in the
   * dataset's zone.
   */
  readonly date?: (keyof Label & string) | ((label: Label) => string);
  /** With `to`: the days that every label reads, instead of its own. */
  readonly from?: string;
  readonly to?: string;
  /** How many days before each date to read too. Default: 0. */
  readonly lookbackDays?: number;
  /** Columns of the dataset to add. Default: all but the `on` columns. */
  readonly columns?: readonly Column[];
  /** Put before the names of the added columns. Default: nothing. */
  readonly prefix?: Prefix;
}

/** A label with the columns that held for it; null where nothing did. */
export type JoinedRow<Label, Row, Column extends string, Prefix extends string> = {
  [Name in keyof Label | `${Prefix}${Column}`]: Name extends keyof Label
    ? Label[Name]
    : Name extends `${Prefix}${infer Own}`
      ? Own extends keyof Row
        ? Row[Own] | null
        : never
      : never;
};
