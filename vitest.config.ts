import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";
import { SUITES, testsThatMock } from "./test/suites.js";

/** What all suites have in common that import the library. */
export const shared = {
  // Examples and tests import the library by its name, as a user does.
  resolve: {
    alias: {
      "bronzestore/report": fileURLToPath(new URL("./src/report/index.ts", import.meta.url)),
      "bronzestore/duckdb": fileURLToPath(new URL("./src/engine/duckdb.ts", import.meta.url)),
      "bronzestore/clickhouse": fileURLToPath(new URL("./src/engine/clickhouse.ts", import.meta.url)),
      "bronzestore/sql": fileURLToPath(new URL("./src/sql/entry.ts", import.meta.url)),
      "bronzestore/zod": fileURLToPath(new URL("./src/zod/entry.ts", import.meta.url)),
      bronzestore: fileURLToPath(new URL("./src/index.ts", import.meta.url)),
    },
  },
  test: {
    // Ends what hangs; no test is decided by how long it takes, beside busy loops neither.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    // One for each core; vitest would leave one of them to itself, which has little to do.
    maxWorkers: "100%",
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary", "html"] },
  },
} satisfies ViteUserConfig;

const mocking = testsThatMock();

/** The tests: what `npm test` runs. The other suites have a configuration each. */
export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    projects: [
      {
        extends: true,
        // The modules of the library are loaded once a worker, not once a file: half of the time of most files.
        test: { name: "tests", include: [`test/**/*${SUITES.tests}`], exclude: mocking, isolate: false },
      },
      // A module can only be replaced before anyone has loaded it.
      { extends: true, test: { name: "tests that replace modules", include: mocking } },
    ],
  },
});
