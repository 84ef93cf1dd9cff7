import type { Compiler } from "./compiler.js";
import type { Dialect } from "./dialect/dialect.js";
import type { Statement } from "./statement.js";

/**
 * An engine that executes what the library planned, made by `duckdb(instance, { root })`.
 *
 * @category Engines
 */
export interface Engine {
  readonly name: string;
}

/**
 * An engine that statements are written for: one of the `dialects` of `bronzestore/sql`, or `clickhouseCluster(...)`.
 *
 * @category Engines
 */
export interface SqlDialect {
  readonly name: string;
}

/** The same as the library uses it. */
export interface WritingDialect extends SqlDialect {
  readonly compiler: Compiler;
  /** How the engine says things of files below a root as it names it. */
  over(root: string): Dialect;
}

/** What statements are written by. */
export interface StatementWriter {
  readonly compiler: Compiler;
  readonly dialect: Dialect;
  /** The address of a file of the store as the engine reads it. */
  address(path: string): string;
}

/** An engine as the library uses it. */
export interface ExecutingEngine extends Engine, StatementWriter {
  /**
   * Runs statements one after the other, none of another caller in between, and gives the rows of the query in batches.
   *
   * @throws whatever the engine throws
   */
  query(statement: Statement): AsyncIterable<EngineBatch>;
  /** The query whose result is written to a file, as a statement. */
  writing(query: string, target: string): string;
}

/** Some rows, column by column: null, booleans, numbers, bigints, text, bytes, lists. */
export type EngineBatch = readonly (readonly unknown[])[];
