import type { DeclaredColumn } from "./column-schema.js";

/**
 * Other names that columns have had, by the column.
 *
 * @param reserved names that files have for something else
 * @param refuse makes the error of a wrong name, from what is wrong
 * @returns the column of each other name
 */
export function aliasesOf(
  given: Readonly<Record<string, unknown>>,
  columns: ReadonlyMap<string, DeclaredColumn>,
  reserved: readonly string[],
  refuse: (what: string) => Error,
): ReadonlyMap<string, string> {
  const columnOf = new Map<string, string>();
  for (const [column, names] of Object.entries(given)) {
    if (!columns.has(column))
      throw refuse(
        `aliases names column "${column}", which the schema lacks; it has ${[...columns.keys()].join(", ")}`,
      );
    if (!Array.isArray(names) || names.length === 0 || !names.every((name) => typeof name === "string"))
      throw refuse(`aliases.${column} must be a list of the names it has had, such as ["old_name"]`);
    for (const name of names as string[]) {
      if (columns.has(name))
        throw refuse(`aliases.${column} has "${name}", which is a column of the schema itself`);
      if (reserved.includes(name))
        throw refuse(`aliases.${column} has "${name}", which this dataset's files have for something else`);
      const other = columnOf.get(name);
      if (other !== undefined)
        throw refuse(
          other === column
            ? `aliases.${column} has "${name}" twice`
            : `aliases has "${name}" for both ${other} and ${column}`,
        );
      columnOf.set(name, column);
    }
  }
  return columnOf;
}
