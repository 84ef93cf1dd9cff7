import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../own-process.js";
import type { SparkDriver, SparkWorker } from "./spark.js";

/**
 * Runs a statement that has `held(...)` in it, holds the first row that reaches a worker, kills that worker there, and gives the rows
 * that come all the same.
 *
 * @param folder of the driver's `registerHeld`
 */
export async function rowsWhileKilled(
  driver: SparkDriver,
  worker: SparkWorker,
  { sql, folder }: { readonly sql: string; readonly folder: string },
): ReturnType<SparkDriver["rows"]> {
  writeFileSync(join(folder, "hold"), worker.folder);
  let over: Error | undefined;
  const answer = driver.rows(sql).finally(() => {
    over = new Error("The statement ended before a row of it reached the worker that was to be killed.");
  });
  // It is looked at below.
  answer.catch(() => undefined);
  await until(
    () => existsSync(join(folder, "held")),
    () => over,
  );
  await worker.kill();
  return answer;
}
