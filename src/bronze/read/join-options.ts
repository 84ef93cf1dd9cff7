import type { AnyDataset, DatedBy } from "../../dataset/index.js";
import { callback, either, given, type OptionTable, text, whole } from "../../options.js";
import { JOIN_OPTIONS, type TimelineJoinOptions } from "../../travel/index.js";
import { READ_OPTIONS, type ReadOptions } from "./question.js";

/**
 * How to join labels with a dataset at each label's own cutoff.
 *
 * Which days are read is settled label by label, so that the answer for one label never depends on the others.
 *
 * @category Joins
 */
export interface JoinOptions<
  Label,
  On extends string = string,
  Column extends string = string,
  Prefix extends string = string,
> extends TimelineJoinOptions<Label, On, Column, Prefix>,
    ReadOptions<Column> {
  /**
   * The domain date a label reads: a column of it (`game_date`) or a function. Default: where `on` holds what dates the
   * dataset's rows (its `date` column, or the column it is looked up by), the date that gives; else, if there are
   * `lookbackDays`, the day of the label's cutoff in the dataset's zone; else the join is refused (`JOIN_DAYS`).
   */
  readonly date?: (keyof Label & string) | ((label: Label) => string);
  /** With `to`: the days that every label reads, instead of its own. */
  readonly from?: string;
  readonly to?: string;
  /** How many days before each date to read too. Default: 0; to say 0 is to say that the cutoff's own day will do. */
  readonly lookbackDays?: number;
}

/**
 * What options must say besides, where the types show that paths say dates and that `on` does not tell the days a label
 * reads: nothing, or one way to say it.
 *
 * @category Joins
 */
export type DaysNeeded<D extends AnyDataset, On extends string> = [D] extends [{ readonly isDated: true }]
  ? string extends DatedBy<D>
    ? unknown
    : DatedBy<D> extends On
      ? unknown
      :
          | { readonly date: unknown }
          | { readonly lookbackDays: number }
          | { readonly from: string; readonly to: string }
  : unknown;

export const STORE_JOIN_OPTIONS: OptionTable<JoinOptions<Record<string, unknown>>> = {
  ...READ_OPTIONS,
  ...JOIN_OPTIONS,
  date: either(text, callback),
  from: given,
  to: given,
  lookbackDays: whole(0),
};
