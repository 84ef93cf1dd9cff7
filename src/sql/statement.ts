import type { Dialect } from "./dialect/dialect.js";

/** A query, and the statements that must be run before it, and after it whatever came of it. */
export interface Statement {
  readonly setup: readonly string[];
  readonly query: string;
  readonly teardown: readonly string[];
}

/** A named step of a statement. */
export type Cte = readonly [name: string, sql: string];

/** Steps that only list what was planned, and those that have every row of the files: no table is to hold them. */
const NEVER_KEPT = new Set([
  ...["parts_", "places_", "covers_", "rule_", "rule2_"],
  ...["rows_", "cells_", "read_", "timed_", "timed2_"],
]);

/**
 * Puts steps and a last query together: as common table expressions; for an engine that would run each of them anew wherever it is
 * named, those that are named more than once through tables that are made of them one after the other.
 *
 * @param around what must be run besides
 */
export function statementOf(
  dialect: Dialect,
  ctes: readonly Cte[],
  query: string,
  { prefix, setup, teardown }: { readonly prefix: string } & Omit<Statement, "query">,
): Statement {
  const { keep, settings, keptStep } = dialect;
  const named = [...ctes.map(([, sql]) => sql), query].flatMap(namesIn);
  const isKept = (name: string) => !NEVER_KEPT.has(name) && named.indexOf(name) !== named.lastIndexOf(name);
  if (!keep) {
    const how = (name: string) => keptStep?.(isKept(name)) ?? "";
    return { setup, teardown, query: withCtes(ctes, query, how) + settings };
  }
  const before = [...setup];
  const after = [...teardown];
  const known: Cte[] = [];
  for (const [name, sql] of ctes) {
    if (!isKept(name)) known.push([name, sql]);
    else {
      const table = `${prefix}_${name}`;
      before.push(keep(table, withCtes(known, sql)) + settings);
      after.unshift(...dialect.drop({ name: table, columns: [], rows: [] }));
      known.push([name, `SELECT * FROM ${table}`]);
    }
  }
  return { setup: before, teardown: after, query: withCtes(known, query) + settings };
}

/** A query with the steps that it needs. @param how what stands before a step's own text */
function withCtes(ctes: readonly Cte[], query: string, how = (_name: string) => ""): string {
  const named = new Set(namesIn(query));
  const needed: Cte[] = [];
  for (const [name, sql] of ctes.toReversed()) {
    if (!named.has(name)) continue;
    needed.unshift([name, sql]);
    for (const other of namesIn(sql)) named.add(other);
  }
  if (needed.length === 0) return query;
  return `WITH ${needed.map(([name, sql]) => `${name} AS ${how(name)}(\n${sql}\n)`).join(",\n")}\n${query}`;
}

/** What may be names of steps in a text, as often as they stand there; a text within it that looks like one does no harm. */
function namesIn(text: string): readonly string[] {
  return text.match(/\b[a-z]+2?_\b/g) ?? [];
}
