import type * as z from "zod";
import { zod } from "./in-use.js";

/*
 * Schemas of users are of `zod` or of `zod/mini`, which have their core in common and few of their methods: what is done
 * with one goes through here.
 */

/** The fields of an object, in its order. */
export function fieldsOf(schema: z.core.$ZodObject): Readonly<Record<string, z.core.$ZodType>> {
  return schema._zod.def.shape;
}

/** What a schema makes of a value, or what is wrong with it. */
export function safeParse<Schema extends z.core.$ZodType>(
  schema: Schema,
  value: unknown,
): z.core.util.SafeParseResult<z.output<Schema>> {
  return (schema as Schema & Parses<z.output<Schema>>).safeParse(value);
}

interface Parses<Output> {
  safeParse(value: unknown): z.core.util.SafeParseResult<Output>;
}

/** The same object, but members it does not name are refused. */
export function strictly<Schema extends z.core.$ZodObject>(schema: Schema): Schema {
  const { clone, never } = zod();
  return clone(schema, { ...schema._zod.def, catchall: never() });
}
