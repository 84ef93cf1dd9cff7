import { defineConfig } from "vitest/config";
import { SUITES, testsWithCounts } from "./test/suites.js";
import { shared } from "./vitest.config.js";

// What takes long, and what is tried often: see `test/campaign.ts`.
export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: [`test/**/*${SUITES.campaigns}`, ...testsWithCounts()],
    env: { BRONZESTORE_CAMPAIGNS: "1" },
    // The large counts of `test:long` take their time.
    testTimeout: 7_200_000,
    hookTimeout: 7_200_000,
  },
});
