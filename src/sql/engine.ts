import type { Dialect } from "./dialect.js";
import type { Statement } from "./statement.js";

/**
 * An engine that executes what the library planned, made by `duckdb(instance, { root })`.
 *
 * @category Engines
 */
export interface Engine {
  readonly name: string;
}

/** An engine as the library uses it. */
export interface ExecutingEngine extends Engine {
  readonly dialect: Dialect;
  /** The address of a file of the store as the engine reads it. */
  address(path: string): string;
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
