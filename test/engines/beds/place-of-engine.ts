import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { type Engine, localDisk, type Storage } from "bronzestore";
import { clickhouse } from "bronzestore/clickhouse";
import { compiler, type ExecutingEngine, fileAddress, sparkDialect } from "../../../src/sql/index.js";
import type { Runner } from "./runner.js";

/** A tree, and the engine that reads it. */
interface PlaceOfEngine {
  readonly storage: Storage;
  readonly engine: Engine;
}

/** An empty folder, each time another, as a storage and as an engine sees it. @param below where it is made */
export function newPlace(below: string, engineOver: (root: string) => Engine): PlaceOfEngine {
  const root = mkdtempSync(join(below, "tree-"));
  return { storage: localDisk(root), engine: engineOver(root) };
}

/** ClickHouse of the test bed over a tree. @param root as it reads it */
export function clickhouseOver(runner: Runner, root: string): Engine {
  return clickhouse({
    root,
    query: async (sql) => (await runner.ask({ do: "text", sql })).text as string,
    command: (sql) => runner.run(sql),
  });
}

/** Most of the time that Spark takes for few rows is what it plans anew between the stages of a statement. */
export const PLANNED_ONCE = {
  "spark.sql.adaptive.enabled": "false",
  "spark.sql.shuffle.partitions": "2",
};

/** Spark of the test bed over a tree: the statements that `bronze.sql` gives for people's own tools. @param root as it reads it */
export function sparkOver(runner: Pick<Runner, "run" | "rows">, root: string): Engine {
  const engine: ExecutingEngine = {
    name: "spark",
    compiler,
    dialect: sparkDialect,
    address: (path) => fileAddress(root, path),
    writing: () => {
      throw new Error("Spark writes folders");
    },
    async *query({ setup, query, teardown }) {
      try {
        for (const statement of setup) await runner.run(statement);
        const { columns, rows } = await runner.rows(query);
        yield columns.map((_, i) => rows.map((row) => row[i]));
      } finally {
        for (const statement of teardown) await runner.run(statement);
      }
    },
  };
  return engine;
}
