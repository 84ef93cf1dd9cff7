import type * as z from "zod";
import { saidBy } from "../shown.js";
import { type Cell, storedCell } from "../table/index.js";
import { fieldsOf, safeParse } from "../zod/index.js";
import type { DeclaredColumn } from "./column-schema.js";

/**
 * A value of a column that a caller gives, as the cell that rows have it in: instants in nanoseconds, decimals with every
 * digit. Or why no row can have it.
 */
export function givenCell(
  schema: z.core.$ZodObject,
  { name, type, integers }: DeclaredColumn,
  value: unknown,
): { readonly cell: Cell } | { readonly why: string } {
  try {
    const parsed = safeParse(fieldsOf(schema)[name]!, value);
    if (!parsed.success) return { why: parsed.error.issues[0]!.message };
    const cell = storedCell(parsed.data, type, integers);
    return cell === undefined ? { why: "does not fit its column" } : { cell };
  } catch (error) {
    return { why: saidBy(error) }; // a schema of the caller's own may throw
  }
}
