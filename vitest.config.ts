import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { SUITES } from "./test/suites.js";

/** The tests: what `npm test` runs. The other suites have a configuration of their own, made from this one. */
export default defineConfig({
  // Examples and tests import the library by its name, as a user does.
  resolve: {
    alias: {
      "bronzestore/zod": fileURLToPath(new URL("./src/zod/entry.ts", import.meta.url)),
      bronzestore: fileURLToPath(new URL("./src/index.ts", import.meta.url)),
    },
  },
  test: {
    include: [`test/**/*${SUITES.tests}`],
    // Ends what hangs; no test is decided by how long it takes, beside busy loops neither.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    // One for each core; vitest would leave one of them to itself, which has little to do.
    maxWorkers: "100%",
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary", "html"] },
  },
});
