import { BronzeError } from "../../errors.js";
import { type Kind, type OptionTable, required, text } from "../../options.js";
import { shown } from "../../shown.js";
import {
  type Engine,
  type ExecutingEngine,
  fileAddress,
  type SqlDialect,
  type StatementWriter,
  type WritingDialect,
} from "../../sql/index.js";

/** An engine as the library uses it. @throws BronzeError `INVALID_ARGUMENT` for what is none */
export function executing(engine: Engine): ExecutingEngine {
  const { compiler, dialect, query, address, writing } = (engine ?? {}) as Partial<ExecutingEngine>;
  if (
    typeof compiler === "object" &&
    typeof dialect?.name === "string" &&
    [query, address, writing].every((one) => typeof one === "function")
  )
    return engine as ExecutingEngine;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `on() takes an engine, such as duckdb(instance, { root: "data" }) of "bronzestore/duckdb", not ${shown(engine)}.`,
  );
}

/**
 * What statements are written for.
 *
 * @category Engines
 */
export interface StatementsFor {
  /** The engine that they are for: `dialects.spark` of `bronzestore/sql`. */
  readonly dialect: SqlDialect;
  /** The store's root as that engine names it: a folder, or `s3://bucket/prefix`. */
  readonly root: string;
}

const A_DIALECT: Kind = {
  is: 'one of the dialects of "bronzestore/sql", such as dialects.spark',
  accepts: (value) =>
    typeof value === "object" && value !== null && typeof Reflect.get(value, "over") === "function",
};

export const STATEMENTS_FOR: OptionTable<StatementsFor> = {
  dialect: required(A_DIALECT),
  root: required(text),
};

/** What writes them. */
export function writerOf({ dialect, root }: StatementsFor): StatementWriter {
  const { compiler, over } = dialect as WritingDialect;
  return { compiler, dialect: over(root), address: (path) => fileAddress(root, path) };
}
