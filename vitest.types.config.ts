import { defineConfig } from "vitest/config";
import { SUITES } from "./test/suites.js";

// Type tests are a run of their own, with a tsconfig that is known to include them.
export default defineConfig({
  test: {
    include: [],
    typecheck: {
      enabled: true,
      only: true,
      include: [`test/**/*${SUITES.types}`],
      tsconfig: "./test/types/tsconfig.json",
    },
  },
});
