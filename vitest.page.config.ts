import { defineConfig } from "vitest/config";
import { SUITES } from "./test/suites.js";
import { shared } from "./vitest.config.js";

// The page in a browser, which `npm test` does not need; `.ci/run` installs it.
export default defineConfig({ ...shared, test: { ...shared.test, include: [`test/**/*${SUITES.page}`] } });
