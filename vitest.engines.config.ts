import { defineConfig } from "vitest/config";
import { SUITES } from "./test/suites.js";
import { shared } from "./vitest.config.js";

// Engines that run: ClickHouse in a process, and a cluster of Spark, which `npm test` does not need; both are started and ended here.
export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: [`test/**/*${SUITES.engines}`],
    globalSetup: ["test/engines/beds/start-engines.ts"],
    // A cluster is several processes: not two of them beside each other.
    fileParallelism: false,
  },
});
