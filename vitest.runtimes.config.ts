import { defineConfig } from "vitest/config";
import { SUITES } from "./test/suites.js";

// Programs run by Deno and Bun, which `npm test` does not need; `.ci/run` installs them and says where they are.
export default defineConfig({
  test: { include: [`test/**/*${SUITES.runtimes}`], testTimeout: 900_000, hookTimeout: 900_000 },
});
