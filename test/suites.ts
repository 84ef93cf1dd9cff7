/**
 * The suites, by how the names of their files end; each file of tests is of exactly one.
 *
 * | suite | what it holds | run by |
 * |---|---|---|
 * | `tests` | every rule: units, contracts, a few seeds of each property | `npm test` |
 * | `campaigns` | what takes long: processes that are killed, disks that are full, real data, the built package, whole evenings, and every property again with more seeds | `npm run test:campaigns`, `npm run test:long` |
 * | `types` | what the compiler must refuse, and what it must infer | `npm test` |
 * | `runtimes` | programs run by Deno and Bun, which must be installed for it | `npm run test:runtimes` |
 */
export const SUITES = {
  tests: ".test.ts",
  campaigns: ".campaign.ts",
  types: ".test-d.ts",
  runtimes: ".suite.ts",
} as const;
