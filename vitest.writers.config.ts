import { defineConfig } from "vitest/config";
import { SUITES } from "./test/suites.js";
import { shared } from "./vitest.config.js";

// Files that other programs write and digests that they compute, in Python and Java, which `npm test` does not need.
export default defineConfig({
  ...shared,
  test: { ...shared.test, include: [`test/**/*${SUITES.writers}`] },
});
