import { BronzeError } from "../../errors.js";
import { shown } from "../../shown.js";
import type { Engine, ExecutingEngine } from "../../sql/index.js";

/** An engine as the library uses it. @throws BronzeError `INVALID_ARGUMENT` for what is none */
export function executing(engine: Engine): ExecutingEngine {
  const { dialect, query, address, writing } = (engine ?? {}) as Partial<ExecutingEngine>;
  if (
    typeof dialect?.name === "string" &&
    [query, address, writing].every((one) => typeof one === "function")
  )
    return engine as ExecutingEngine;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `on() takes an engine, such as duckdb(instance, { root: "data" }), not ${shown(engine)}.`,
  );
}
