import { defineConfig } from "vitest/config";

// Type tests are a run of their own, with a tsconfig that is known to include them.
export default defineConfig({
  test: {
    include: [],
    typecheck: {
      enabled: true,
      only: true,
      include: ["test/**/*.test-d.ts"],
      tsconfig: "./tsconfig.json",
    },
  },
});
