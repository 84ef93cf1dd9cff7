import type { Dialect } from "./dialect/dialect.js";

/** A query, and the statements that must be run before it, and after it whatever came of it. */
export interface Statement {
  readonly setup: readonly string[];
  readonly query: string;
  readonly teardown: readonly string[];
}

/** A named step of a statement. */
export type Cte = readonly [name: string, sql: string];

/** Steps that only list what was planned, or that are read where they stand. */
const LIGHT = new Set(["parts_", "places_", "covers_", "rows_", "cells_", "rule_", "rule2_"]);

/**
 * Puts steps and a last query together: as common table expressions, or, for an engine that would run each of them anew wherever
 * it is named, through tables that are made of them one after the other.
 *
 * @param around what must be run besides
 */
export function statementOf(
  dialect: Dialect,
  ctes: readonly Cte[],
  query: string,
  { prefix, setup, teardown }: { readonly prefix: string } & Omit<Statement, "query">,
): Statement {
  const { keep, settings } = dialect;
  const isNamedTwice = ctes.some(
    ([name]) => !LIGHT.has(name) && ctes.filter(([, sql]) => sql.includes(` ${name} `)).length > 1,
  );
  if (!keep || !isNamedTwice) return { setup, teardown, query: withCtes(ctes, query) + settings };
  const before = [...setup];
  const after = [...teardown];
  const known: Cte[] = [];
  for (const [name, sql] of ctes) {
    if (LIGHT.has(name)) known.push([name, sql]);
    else {
      const table = `${prefix}_${name}`;
      before.push(keep(table, withCtes(known, sql)) + settings);
      after.unshift(...dialect.drop({ name: table, columns: [], rows: [] }));
      known.push([name, `SELECT * FROM ${table}`]);
    }
  }
  return { setup: before, teardown: after, query: withCtes(known, query) + settings };
}

function withCtes(ctes: readonly Cte[], query: string): string {
  return `WITH ${ctes.map(([name, sql]) => `${name} AS (\n${sql}\n)`).join(",\n")}\n${query}`;
}
