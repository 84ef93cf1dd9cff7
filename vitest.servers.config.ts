import { defineConfig } from "vitest/config";
import { memoryOn } from "./test/servers/on-s3.js";
import { onServer } from "./test/servers/suites-on-s3.js";
import { SUITES } from "./test/suites.js";
import { shared } from "./vitest.config.js";

// Suites of the library on a server of S3 that runs, which `npm test` does not need; it is started and ended here.
export default defineConfig({
  ...shared,
  plugins: [memoryOn("radosgw")],
  test: {
    ...shared.test,
    include: [`test/**/*${SUITES.servers}`, ...onServer()],
    globalSetup: ["test/servers/start-radosgw.ts"],
    // As many seeds as a campaign: what is counted there is not what is shown here.
    isolate: false,
  },
});
