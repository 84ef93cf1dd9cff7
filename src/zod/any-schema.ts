import type * as z from "zod";
import { zod } from "./in-use.js";

/*
 * A user's schema is from `zod` or from `zod/mini`, which share their core and few of their methods, so all work with one
 * is done here.
 */

/** The fields of an object schema, in its order. */
export function fieldsOf(schema: z.core.$ZodObject): Readonly<Record<string, z.core.$ZodType>> {
  return schema._zod.def.shape;
}

/** The value that a schema returns, or its issues. */
export function safeParse<Schema extends z.core.$ZodType>(
  schema: Schema,
  value: unknown,
): z.core.util.SafeParseResult<z.output<Schema>> {
  return (schema as Schema & Parses<z.output<Schema>>).safeParse(value);
}

interface Parses<Output> {
  safeParse(value: unknown): z.core.util.SafeParseResult<Output>;
}

/** The same object schema, but other members are refused. */
export function strictly<Schema extends z.core.$ZodObject>(schema: Schema): Schema {
  const { clone, never } = zod();
  return clone(schema, { ...schema._zod.def, catchall: never() });
}
