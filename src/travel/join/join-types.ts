import type { InstantLike } from "../../time/index.js";

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
 * A column to join on: of the key and of the labels, with values that can be equal. Else a sentence, which the compiler
 * shows in place of a column's name.
 */
export type JoinOn<Label, Key, On extends string> = On extends keyof Key
  ? On extends keyof Label
    ? unknown extends Label[On]
      ? On
      : [NonNullable<Label[On]>] extends [Matching<NonNullable<Key[On]>>]
        ? On
        : `"${On}" is ${NameOf<NonNullable<Label[On]>>} in the labels, and ${NameOf<NonNullable<Key[On]>>} in the dataset`
    : `the labels have no column "${On}"`
  : `"${On}" is no key column of the dataset`;

/** The columns of labels that can hold an instant; of labels whose columns are not known, any name. */
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
