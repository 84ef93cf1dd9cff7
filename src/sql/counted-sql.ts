import { cast } from "./dialect/cast.js";
import type { Dialect } from "./dialect/dialect.js";

/** What is counted in a pass over rows, or a query of its own. */
type CountSql<Pass extends string> = readonly [pass: Pass, sql: string] | string;

/** How many rows there are, or how many of them meet a condition. */
export function countSql(condition?: string): string {
  return condition === undefined ? "count(*)" : `count(CASE WHEN ${condition} THEN 1 END)`;
}

/**
 * A query of one row: counts by their names, in an order. Those of a pass are made in one, and are int64.
 *
 * @param passes rows, by the name of the pass over them
 */
export function countedSql<Name extends string, Pass extends string>(
  { int64 }: Pick<Dialect, "int64">,
  names: readonly Name[],
  passes: Readonly<Record<Pass, string>>,
  counts: Readonly<Record<Name, CountSql<Pass>>>,
): string {
  const own = Object.entries<string>(passes).map(([pass, from]) => {
    const made = names.flatMap((name) => {
      const count = counts[name];
      return typeof count !== "string" && count[0] === pass ? [`${count[1]} AS ${name}`] : [];
    });
    return `(SELECT ${made.join(", ")} FROM ${from}) ${pass}_`;
  });
  const given = names.map((name) => {
    const count = counts[name];
    return `${typeof count === "string" ? count : cast(`${count[0]}_.${name}`, int64)} AS ${name}`;
  });
  return `SELECT ${given.join(", ")}\nFROM ${own.join(" CROSS JOIN ")}`;
}
