import type * as z from "zod";
import type { InstantLike } from "../time/index.js";

type Shape<Schema extends z.ZodObject> = Schema["shape"];

/** What a field is without `.nullable()`, `.optional()`, `.default()` and the like. */
type Unwrapped<Field> = Field extends { readonly _zod: { readonly def: { readonly innerType: infer Inner } } }
  ? Unwrapped<Inner>
  : Field;

/** Whether a field is an `instant()`: it takes instants in all their forms, and gives epoch nanoseconds. */
type IsInstant<Field> = [InstantLike] extends [z.input<Field & z.core.$ZodType>]
  ? [NonNullable<z.output<Field & z.core.$ZodType>>] extends [bigint]
    ? true
    : false
  : false;

/** Whether a field is a `domainDate()`, or a `z.iso.date()`; `z.string()` gives text as well, and is neither. */
type IsDate<Field> =
  Unwrapped<Field> extends z.ZodPipe<z.ZodString, z.ZodTransform<string, string>> | z.ZodISODate
    ? true
    : false;

/** Names that are there, or a sentence that says what is missing: the compiler shows it where nothing fits. */
type OrSay<Names, Sentence extends string> = [Names] extends [never] ? Sentence : Names;

/** The instant columns of a schema; any name of one that is only known to be an object. */
export type InstantColumn<Schema extends z.ZodObject> = string extends keyof Shape<Schema>
  ? string
  : OrSay<
      {
        [Name in keyof Shape<Schema>]: IsInstant<Shape<Schema>[Name]> extends true ? Name : never;
      }[keyof Shape<Schema>] &
        string,
      "the schema has no instant() column"
    >;

/** The columns that can say which day a row belongs to. */
type DayColumn<Schema extends z.ZodObject> = string extends keyof Shape<Schema>
  ? string
  : OrSay<
      {
        [Name in keyof Shape<Schema>]: true extends
          | IsInstant<Shape<Schema>[Name]>
          | IsDate<Shape<Schema>[Name]>
          ? Name
          : never;
      }[keyof Shape<Schema>] &
        string,
      "the schema has no instant() or domainDate() column"
    >;

/** A column that says which day a row belongs to; those that can, where it cannot. */
export type DayOf<Schema extends z.ZodObject, Column extends string> =
  Column extends DayColumn<Schema> ? Column : DayColumn<Schema>;
