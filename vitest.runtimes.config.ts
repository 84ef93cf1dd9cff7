import { defineConfig } from "vitest/config";

// Programs run by Deno and Bun, which `npm test` does not need; `.ci/run` installs them and says where they are.
export default defineConfig({
  test: { include: ["test/runners/*.suite.ts"], testTimeout: 900_000, hookTimeout: 900_000 },
});
