import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts"],
  format: ["esm"],
  target: "node20",
  platform: "node",
  // Its parts are a dozen small files, and finding each takes a process that reads one hour as long as reading it.
  noExternal: [/^hyparquet\/src\//],
  sourcemap: true,
  clean: true,
  dts: { compilerOptions: { ignoreDeprecations: "6.0" } },
});
