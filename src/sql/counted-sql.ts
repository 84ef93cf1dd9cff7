import type { Dialect } from "./dialect/dialect.js";

/** What is counted in one pass over rows: an expression of each; without `from` each is a query of its own. */
export type CountedSql<Name extends string> = { readonly [N in Name]?: string } & { readonly from?: string };

/** How many rows there are, or how many of them meet a condition. */
export function countSql(condition?: string): string {
  return condition === undefined ? "count(*)" : `count(CASE WHEN ${condition} THEN 1 END)`;
}

/**
 * A query of one row: the counts by their names, in an order, as int64.
 *
 * @param besides what is no number, as it stands
 */
export function countedSql<Name extends string>(
  { cast, int64 }: Pick<Dialect, "cast" | "int64">,
  names: readonly Name[],
  counted: readonly CountedSql<Name>[],
  besides: { readonly [N in Name]?: string } = {},
): string {
  const given: Partial<Record<Name, string>> = { ...besides };
  const passes: string[] = [];
  for (const [i, { from, ...own }] of counted.entries()) {
    const counts = Object.entries(own) as [Name, string][];
    for (const [name, sql] of counts) given[name] = cast(from === undefined ? sql : `p${i}.${name}`, int64);
    if (from !== undefined)
      passes.push(
        `(SELECT ${counts.map(([name, sql]) => `${sql} AS ${name}`).join(", ")} FROM ${from}) p${i}`,
      );
  }
  return `SELECT ${names.map((name) => `${given[name]!} AS ${name}`).join(", ")}\nFROM ${passes.join(" CROSS JOIN ")}`;
}
