import type * as z from "zod";
import { BronzeError, isBronzeError } from "../errors.js";
import { schemaText, whole, zodType } from "../options.js";
import { shown } from "../shown.js";
import { type ColumnType, INSTANT, type IntegerCells, problemWithColumnName } from "../table/index.js";
import { assertDate, type InstantLike, toEpochNs } from "../time/index.js";
import { fieldsOf, zod } from "../zod/index.js";

/**
 * What a schema says of one column.
 *
 * @category Datasets
 */
export interface DeclaredColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** How int64 cells appear in rows. */
  readonly integers: IntegerCells;
}

/** Column types of the schemas made here, which zod's own definitions cannot express. */
const declaredTypes = new WeakMap<Schema, ColumnType>();

/**
 * Schema of an instant: an `InstantLike` going in, epoch nanoseconds (`bigint`) in rows, `TIMESTAMP(NANOS, UTC)` in
 * files. Strings need a `Z` or an offset.
 *
 * @example
 * ```ts
 * const schema = z.object({ report_ts: instant(), as_of_ts: instant().nullable() });
 * ```
 * @category Datasets
 */
export function instant(): z.ZodPipe<
  z.ZodCustom<InstantLike, InstantLike>,
  z.ZodTransform<bigint, InstantLike>
> {
  const schema = zod().custom<InstantLike>((value) => value !== undefined && value !== null, {
    error: (issue) =>
      issue.input === undefined ? "an instant is required" : "an instant cannot be null here",
  });
  const parsed = schema.transform((value, context): bigint =>
    attempt(() => toEpochNs(value), value, context),
  );
  return declare(parsed, INSTANT);
}

/**
 * Schema of a calendar date without a zone: `YYYY-MM-DD` in rows, `DATE` in files.
 *
 * @example
 * ```ts
 * const schema = z.object({ game_date: domainDate() });
 * ```
 * @category Datasets
 */
export function domainDate(): z.ZodPipe<z.ZodString, z.ZodTransform<string, string>> {
  const parsed = zod()
    .string()
    .transform((value, context): string =>
      attempt(
        () => {
          assertDate(value);
          return value;
        },
        value,
        context,
      ),
    );
  return declare(parsed, { kind: "date" });
}

/**
 * Schema of an exact decimal of at most 18 digits: text in rows (`"-110.50"`), `DECIMAL` in files.
 *
 * @throws BronzeError `INVALID_DATASET` for digits out of range: a precision from 1 to 18, a scale from 0 to the
 * precision
 * @example
 * ```ts
 * const schema = z.object({ stake: decimal(12, 2) });
 * ```
 * @category Datasets
 */
export function decimal(precision: number, scale: number): z.ZodString {
  if (!(whole(1, 18).accepts(precision) && whole(0, precision).accepts(scale))) {
    throw new BronzeError(
      "INVALID_DATASET",
      `decimal(${shown(precision)}, ${shown(scale)}): the precision goes from 1 to 18 digits, the scale from 0 to the precision`,
    );
  }
  const digits = precision - scale;
  const pattern = new RegExp(
    `^-?(?!0\\d)\\d{1,${Math.max(digits, 1)}}${scale > 0 ? `(\\.\\d{1,${scale}})?` : ""}$`,
  );
  const parsed = zod()
    .string()
    .regex(pattern, `expected a decimal of at most ${digits} digits before and ${scale} after the point`);
  return declare(parsed, { kind: "decimal", precision, scale });
}

function declare<Made extends Schema>(schema: Made, type: ColumnType): Made {
  declaredTypes.set(schema, type);
  return schema;
}

/** A schema derived from one of ours by a check or a description keeps its type. */
function declaredType(schema: Schema): ColumnType | undefined {
  for (let at: Schema | undefined = schema; at; at = at._zod.parent) {
    const type = declaredTypes.get(at);
    if (type) return type;
  }
  return undefined;
}

function attempt<T>(work: () => T, value: unknown, context: z.core.$RefinementCtx): T {
  try {
    return work();
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    context.issues.push({ code: "custom", message: error.message, input: value });
    return zod().NEVER;
  }
}

/**
 * The columns of a row schema, in its order.
 *
 * @throws BronzeError `INVALID_DATASET` naming the field whose schema is not a column
 */
export function columnsOfSchema(schema: z.core.$ZodObject, dataset: string): Map<string, DeclaredColumn> {
  const columns = new Map<string, DeclaredColumn>();
  for (const [name, field] of Object.entries(fieldsOf(schema))) {
    const problem = problemWithColumnName(name);
    if (problem !== undefined) {
      throw new BronzeError(
        "INVALID_DATASET",
        `Dataset "${dataset}": a field cannot be named ${JSON.stringify(name)}, which ${problem}.`,
        { dataset },
      );
    }
    const foreign = foreignPart(field);
    if (foreign) {
      throw new BronzeError(
        "INVALID_DATASET",
        `Dataset "${dataset}": field "${name}" is ${schemaText(foreign.part)}; it must be a schema of zod 4.`,
        { dataset, column: name },
      );
    }
    const { inner, nullable } = unwrap(field);
    const type = typeOfSchema(inner);
    if (!type) {
      throw new BronzeError(
        "INVALID_DATASET",
        `Dataset "${dataset}": field "${name}" is a zod ${inner._zod.def.type}, which is no column. ` +
          "Use string, number, int, bigint, boolean, enum of text, literals of one type (null is .nullable()), array, instant(), domainDate() or decimal().",
        { dataset, column: name },
      );
    }
    columns.set(name, {
      name,
      type,
      nullable,
      integers: integersOf(inner),
    });
  }
  return columns;
}

/** `z.int()` means numbers, in a list too; `z.bigint()` bigints. */
function integersOf(schema: Schema): IntegerCells {
  const def = schema._zod.def as z.core.$ZodTypeDef & { element?: Schema };
  const item = def.type === "array" ? unwrap(def.element!).inner : schema;
  const { type, values } = item._zod.def as { type: string; values?: unknown[] };
  return type === "number" || (type === "literal" && typeof values?.[0] === "number") ? "number" : "bigint";
}

type Schema = z.core.$ZodType;

/** The part of a field that is not a schema of zod 4, if any: the compiler sees it, plain JavaScript does not. */
function foreignPart(field: unknown): { readonly part: unknown } | undefined {
  if (zodType(field) === undefined) return { part: field };
  const def = (field as Schema)._zod.def as { innerType?: unknown; element?: unknown };
  if ("innerType" in def) return foreignPart(def.innerType);
  return "element" in def ? foreignPart(def.element) : undefined;
}

function unwrap(schema: Schema): { inner: Schema; nullable: boolean } {
  let inner = schema;
  let nullable = false;
  for (;;) {
    const def = inner._zod.def as z.core.$ZodTypeDef & { innerType?: Schema };
    if (declaredTypes.has(inner) || !def.innerType) return { inner, nullable };
    if (def.type === "nullable" || def.type === "optional") nullable = true;
    inner = def.innerType;
  }
}

function typeOfSchema(schema: Schema): ColumnType | undefined {
  const declared = declaredType(schema);
  if (declared) return declared;
  const def = schema._zod.def as z.core.$ZodTypeDef & {
    format?: string;
    checks?: z.core.$ZodCheck[];
    values?: unknown[];
    entries?: Record<string, unknown>;
    element?: Schema;
  };
  switch (def.type) {
    case "string":
      return def.format === "date" ? { kind: "date" } : { kind: "text" };
    case "number":
      return numberType(def.format ?? formatCheck(def.checks));
    case "bigint":
      return { kind: "int", bits: 64, signed: def.format !== "uint64" };
    case "boolean":
      return { kind: "bool" };
    case "enum":
      return Object.values(def.entries ?? {}).every((value) => typeof value === "string")
        ? { kind: "text" }
        : undefined;
    case "literal":
      return literalType(def.values ?? []);
    case "array": {
      const { inner } = unwrap(def.element!);
      const item = typeOfSchema(inner);
      const plain = item && ["text", "bool", "float", "int"].includes(item.kind);
      return plain ? { kind: "list", item } : undefined;
    }
    default:
      return undefined;
  }
}

/** Literals of one type are a column of it; null among them is not a type of its own, and is written `.nullable()`. */
function literalType(values: readonly unknown[]): ColumnType | undefined {
  const are = (test: (value: unknown) => boolean) => values.length > 0 && values.every(test);
  if (are((value) => typeof value === "string")) return { kind: "text" };
  if (are((value) => typeof value === "boolean")) return { kind: "bool" };
  if (are((value) => typeof value === "bigint" || Number.isSafeInteger(value))) {
    const isMixed = new Set(values.map((value) => typeof value)).size > 1;
    return isMixed ? undefined : { kind: "int", bits: 64, signed: true };
  }
  return are((value) => typeof value === "number") ? { kind: "float", bits: 64 } : undefined;
}

/** `z.number().int()` has its format in a check, `z.int()` in the definition. */
function formatCheck(checks: readonly z.core.$ZodCheck[] = []): string | undefined {
  const found = checks.find((check) => check._zod.def.check === "number_format");
  return (found?._zod.def as { format?: string } | undefined)?.format;
}

function numberType(format: string | undefined): ColumnType {
  switch (format) {
    case "safeint":
      return { kind: "int", bits: 64, signed: true };
    case "int32":
      return { kind: "int", bits: 32, signed: true };
    case "uint32":
      return { kind: "int", bits: 32, signed: false };
    case "float32":
      return { kind: "float", bits: 32 };
    default:
      return { kind: "float", bits: 64 };
  }
}

type Shape<Schema extends z.core.$ZodObject> = Schema["_zod"]["def"]["shape"];

/** What a field is without `.nullable()`, `.optional()`, `.default()` and the like. */
type Unwrapped<Field> = Field extends { readonly _zod: { readonly def: { readonly innerType: infer Inner } } }
  ? Unwrapped<Inner>
  : Field;

/** Whether a field is an `instant()`: it accepts instants in all their forms, and returns epoch nanoseconds. */
type IsInstant<Field> = [InstantLike] extends [z.input<Field & z.core.$ZodType>]
  ? [NonNullable<z.output<Field & z.core.$ZodType>>] extends [bigint]
    ? true
    : false
  : false;

/** Whether a field is a `domainDate()`, or a `z.iso.date()`; `z.string()` returns text as well, and is neither. */
type IsDate<Field> =
  Unwrapped<Field> extends z.ZodPipe<z.ZodString, z.ZodTransform<string, string>> | z.core.$ZodISODate
    ? true
    : false;

/** The names, or a sentence that says what is missing: the compiler shows it where nothing fits. */
type OrSay<Names, Sentence extends string> = [Names] extends [never] ? Sentence : Names;

/** The instant columns of a schema; any name if the schema's fields are not known. */
export type InstantColumn<Schema extends z.core.$ZodObject> = string extends keyof Shape<Schema>
  ? string
  : OrSay<
      {
        [Name in keyof Shape<Schema>]: IsInstant<Shape<Schema>[Name]> extends true ? Name : never;
      }[keyof Shape<Schema>] &
        string,
      "the schema has no instant() column"
    >;

/**
 * What a definition must say of the semantic time: which column it is, or that there is none, where the schema has no
 * instant `as_of_ts`. Nothing where it has, or where its fields are not known.
 */
export type SaysAsOf<Schema extends z.core.$ZodObject> = string extends keyof Shape<Schema>
  ? unknown
  : Shape<Schema> extends { readonly as_of_ts: infer Field }
    ? IsInstant<Field> extends true
      ? unknown
      : SchemaWithoutAsOf<Schema>
    : SchemaWithoutAsOf<Schema>;

interface SchemaWithoutAsOf<Schema extends z.core.$ZodObject> {
  readonly timestamps: {
    /** The schema has no instant `as_of_ts`: name the column of the semantic time, or say null where the feed has none. */
    readonly asOf: InstantColumn<Schema> | null;
  };
}

/** The columns that can say which day a row belongs to. */
type DayColumn<Schema extends z.core.$ZodObject> = string extends keyof Shape<Schema>
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

/** A column that says which day a row belongs to; the possible columns, where it cannot. */
export type DayOf<Schema extends z.core.$ZodObject, Column extends string> =
  Column extends DayColumn<Schema> ? Column : DayColumn<Schema>;
