/**
 * ClickHouse as an engine of `bronze.on`.
 *
 * @packageDocumentation
 */
import { assertOptions, callback, type OptionTable, required, text } from "../options.js";
import { withText } from "../printed.js";
import {
  clickhouseOver,
  clickhousePlace,
  compiler,
  type Engine,
  type ExecutingEngine,
  fileAddress,
} from "../sql/index.js";

/**
 * How ClickHouse is asked, and how it sees the store.
 *
 * @category Engines
 */
export interface ClickHouseOptions {
  /**
   * The store's root as ClickHouse reads it: a folder of the server (below its `user_files`), or of the process with chdb;
   * `s3://bucket/prefix`, or `https://endpoint/bucket/prefix`, whose keys the server has in its own configuration.
   */
  readonly root: string;
  /**
   * A cluster, as the server's configuration names it: its servers read the files of a question between them (`s3Cluster`), each with
   * the keys of its own configuration, and the server that is asked does the rest. `root` is a bucket's then. Default: one server
   * reads all.
   */
  readonly cluster?: string;
  /** Runs a query, and gives its rows as `JSONCompactEachRow`, which is a list in JSON a line. */
  readonly query: (sql: string) => Promise<string>;
  /** Runs a statement that gives no rows. */
  readonly command: (sql: string) => Promise<unknown>;
}

const OPTIONS: OptionTable<ClickHouseOptions> = {
  root: required(text),
  cluster: text,
  query: required(callback),
  command: required(callback),
};

/**
 * ClickHouse as an engine, on a server or in this process. It keeps nanoseconds.
 *
 * @throws BronzeError `INVALID_ARGUMENT`, also for a cluster over a disk
 * @example
 * ```ts
 * import { createClient } from "@clickhouse/client";
 * import { clickhouse } from "bronzestore/clickhouse";
 *
 * const client = createClient();
 * const engine = clickhouse({
 *   root: "/var/lib/clickhouse/user_files/data",
 *   query: async (query) => (await client.query({ query, format: "JSONCompactEachRow" })).text(),
 *   command: (query) => client.command({ query }),
 * });
 * ```
 * @category Engines
 */
export function clickhouse(options: ClickHouseOptions): Engine {
  assertOptions(options, OPTIONS, "clickhouse");
  const { root, cluster, query, command } = options;
  const engine: ExecutingEngine = {
    name: "clickhouse",
    compiler,
    dialect: clickhouseOver(root, cluster),
    address: (path) => fileAddress(root, path),
    writing: (sql, target) => clickhousePlace(target).writing(sql, target),
    async *query({ setup, query: sql, teardown }) {
      try {
        for (const statement of setup) await command(statement);
        if (sql.startsWith("INSERT ")) await command(sql);
        else yield columnsOf(await query(sql));
      } finally {
        for (const statement of teardown) await command(statement);
      }
    },
  };
  return withText(engine, () => `ClickHouse over ${root}`);
}

/** Rows as lines of JSON, column by column; without rows no column is known, and all are empty. */
function columnsOf(lines: string): unknown[][] {
  const columns: unknown[][] = [];
  for (const line of lines.split("\n")) {
    if (line === "") continue;
    const row = JSON.parse(line) as unknown[];
    for (const [i, cell] of row.entries()) {
      columns[i] ??= [];
      columns[i].push(cell);
    }
  }
  return columns;
}
