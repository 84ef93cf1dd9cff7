import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../own-process.js";
import type { SparkWorker } from "./spark.js";

/**
 * Runs a statement that has `held(...)` in it, holds the first row that reaches a worker, kills that worker there, and gives what
 * comes all the same.
 *
 * @param ask runs the statement
 * @param folder of the driver's `registerHeld`
 */
export async function askedWhileKilled<Answer>(
  worker: SparkWorker,
  folder: string,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  writeFileSync(join(folder, "hold"), worker.folder);
  let over: Error | undefined;
  const answer = ask().finally(() => {
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
