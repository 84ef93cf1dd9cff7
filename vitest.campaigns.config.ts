import { defineConfig } from "vitest/config";
import { memoryOn } from "./test/servers/on-s3.js";
import { onS3 } from "./test/servers/suites-on-s3.js";
import { SUITES, testsWithCounts } from "./test/suites.js";
import { shared } from "./vitest.config.js";

// What takes long, and what is tried often: see `test/campaign.ts`.
export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    projects: [
      {
        extends: true,
        test: {
          name: "campaigns",
          include: [`test/**/*${SUITES.campaigns}`, ...testsWithCounts()],
          env: { BRONZESTORE_CAMPAIGNS: "1" },
        },
      },
      {
        // What `test:servers` runs on a server, on its double: with few seeds, for it shows the storage, not the rules.
        extends: true,
        plugins: [memoryOn("double")],
        test: { name: "on a double of S3", include: onS3(), env: { BRONZESTORE_LONG: "0" }, isolate: false },
      },
    ],
    // The large counts of `test:long` take their time.
    testTimeout: 7_200_000,
    hookTimeout: 7_200_000,
  },
});
