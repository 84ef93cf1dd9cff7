import { given, type OptionTable, required, text, texts } from "../../options.js";
import type { DurationLike } from "../../time/index.js";
import type { KnownBy } from "../rule/known-by.js";
import type { InstantOf } from "./join-types.js";

/** How to join labels with a timeline at each label's own cutoff. */
export interface TimelineJoinOptions<
  Label,
  On extends string = string,
  Column extends string = string,
  Prefix extends string = string,
> {
  /**
   * Key columns that labels and dataset share. The whole key gives a label at most one row; a part of it gives one
   * row for each key that holds at the cutoff, in key order.
   */
  readonly on: readonly On[];
  /** The label's column that holds its cutoff. */
  readonly cutoff: InstantOf<Label>;
  /**
   * Keep only rows captured at or before this: a column of the label, one instant for all, or `"cutoff"`, each label's
   * own cutoff. Default: no bound, so what was captured later with an earlier `as_of_ts` is in the answer.
   */
  readonly knownBy?: (keyof Label & string) | KnownBy;
  /** Keep only rows whose effective time is at most this long before the cutoff. Default: no bound. */
  readonly maxAge?: DurationLike;
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

/** The options of a join with a timeline. */
export const JOIN_OPTIONS: OptionTable<TimelineJoinOptions<Record<string, unknown>>> = {
  on: required(texts),
  cutoff: required(text),
  knownBy: given,
  maxAge: given,
  columns: texts,
  prefix: text,
};
