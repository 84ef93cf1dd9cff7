import { callback, either, given, type OptionTable, text, whole } from "../options.js";
import { JOIN_OPTIONS, type TimelineJoinOptions } from "../travel/index.js";
import { READ_OPTIONS, type ReadOptions } from "./read-options.js";

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
> extends TimelineJoinOptions<Label, On, Column, Prefix>,
    ReadOptions {
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
}

export const STORE_JOIN_OPTIONS: OptionTable<JoinOptions<Record<string, unknown>>> = {
  ...JOIN_OPTIONS,
  ...READ_OPTIONS,
  date: either(text, callback),
  from: given,
  to: given,
  lookbackDays: whole(0),
};
