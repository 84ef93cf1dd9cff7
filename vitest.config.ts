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
    // Ends what hangs; no test is decided by how long it takes, beside busy loops neither.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary", "html"] },
  },
});
