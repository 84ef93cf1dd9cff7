import { compiler, duckdbDialect, type ExecutingEngine } from "../../src/sql/index.js";

/** An engine that finds nothing, for tests to which an answer is of no matter. */
export const engineOfNothing: ExecutingEngine = {
  name: "nothing",
  compiler,
  dialect: duckdbDialect,
  address: (path) => path,
  writing: (query) => query,
  async *query({ query }) {
    yield Array.from({ length: 40 }, () =>
      / AS (rowsEligible|labelsUnplanned|rowsRead)/.test(query) ? [0n] : [],
    );
  },
};
