import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Examples and tests import the library by its name, as a user does.
  resolve: {
    alias: {
      "bronzestore/zod": fileURLToPath(new URL("./src/zod/entry.ts", import.meta.url)),
      bronzestore: fileURLToPath(new URL("./src/index.ts", import.meta.url)),
    },
  },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary", "html"] },
  },
});
