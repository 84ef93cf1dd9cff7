import { columnNames, given, type OptionTable, required, text, texts } from "../../options.js";
import type { DurationLike, InstantLike } from "../../time/index.js";
import type { KnownBy } from "../rule/query.js";

/**
 * How to join labels with a timeline at each label's own cutoff.
 *
 * @category Joins
 */
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

/**
 * A label with the columns that held for it; null where nothing did.
 *
 * @category Joins
 */
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
  columns: columnNames,
  prefix: text,
};

/** What a label may hold to equal a cell: an instant in any form, an integer of either kind. */
type Matching<Cell> = Cell extends bigint
  ? InstantLike | number
  : Cell extends number
    ? number | bigint
    : Cell extends string
      ? string
      : Cell extends boolean
        ? boolean
        : Cell;

type NameOf<Value> = Value extends string
  ? "text"
  : Value extends number
    ? "a number"
    : Value extends bigint
      ? "a bigint"
      : Value extends boolean
        ? "true or false"
        : "an object";

/**
 * A column to join on: in the key and in the labels, with values that can be equal. Otherwise a sentence, which the
 * compiler shows in place of a column's name.
 */
export type JoinOn<Label, Key, On extends string> = [Key] extends [never]
  ? On // nothing is known of the dataset
  : On extends keyof Key
    ? On extends keyof Label
      ? unknown extends Label[On]
        ? On
        : [NonNullable<Label[On]>] extends [Matching<NonNullable<Key[On]>>]
          ? On
          : `"${On}" is ${NameOf<NonNullable<Label[On]>>} in the labels, and ${NameOf<NonNullable<Key[On]>>} in the dataset`
      : `the labels have no column "${On}"`
    : `"${On}" is no key column of the dataset`;

/** The columns of labels that can hold an instant; any name if the labels' columns are not known. */
export type InstantOf<Label> = string extends keyof Label
  ? string
  : OrSay<
      {
        [Name in keyof Label]-?: unknown extends Label[Name]
          ? Name
          : [NonNullable<Label[Name]>] extends [InstantLike]
            ? Name
            : never;
      }[keyof Label] &
        string
    >;

type OrSay<Names> = [Names] extends [never] ? "the labels have no column of instants" : Names;
