import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { defineConfig, type Options } from "tsup";
import * as locales from "zod/locales";

/** Packages of which something is built into `dist`; their licences want their text to go with it. */
const BUILT_IN = ["hyparquet", "zod", "preact", "@preact/signals", "@preact/signals-core"];

const TYPES = { compilerOptions: { ignoreDeprecations: "6.0" } };

const shared: Options = {
  format: ["esm"],
  target: "node20",
  platform: "node",
  // No maps: they were 2.4 of 3.6 MB. Names and lines stay in `library.js`, so a stack reads without one.
  sourcemap: false,
  // Node shows the line an uncaught error came from, and stacks name lines: neither may be the whole file.
  esbuildOptions(options) {
    options.lineLimit = 120;
    // Less to parse at every start; names stay, for stacks.
    options.minifyWhitespace = true;
  },
  dts: TYPES,
};

/** zod's fifty languages are half of it, and English is the one it starts with: the others are loaded when called. */
const languages: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "languages",
  setup(build) {
    build.onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: [
        'import { createRequire } from "node:module";',
        'const all = () => createRequire(import.meta.url)("zod/locales");',
        'export { default as en } from "./en.js";',
        ...Object.keys(locales)
          .filter((name) => name !== "en")
          .map((name) => `export const ${name} = () => all().${name}();`),
      ].join("\n"),
    }));
  },
};

/** The library stays beside an entry, so that there is one of each class. */
const besideTheLibrary: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "beside the library",
  setup(build) {
    build.onResolve({ filter: /^(?:\.\.\/)+index\.js$|\/errors\.js$/ }, () => ({
      path: "./library.js",
      external: true,
    }));
  },
};

/** The page's code goes in as text. */
const page: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "page",
  setup(build) {
    build.onLoad({ filter: /report\/page\/bundle\.mjs$/ }, async () => {
      const { pageCode } = await import("./src/report/page/bundle.mjs");
      return {
        contents: `const code = ${JSON.stringify(await pageCode())}; export const pageCode = async () => code;`,
      };
    });
  },
};

/** What the build of engines leaves. */
const OF_ENGINES = ["!duckdb.*", "!clickhouse.*", "!sql.*", "!chunk-*"];

export default defineConfig([
  {
    ...shared,
    entry: { library: "src/index.ts" },
    clean: ["!zod.*", "!report.*", ...OF_ENGINES, "!cli/**"], // they are built at once, and each clears away its own
    // Its parts are a dozen small files, and finding each takes a process that reads one hour as long as reading it.
    noExternal: [/^hyparquet\/src\//],
    onSuccess: addEntriesAndLicences,
  },
  {
    ...shared,
    entry: { zod: "src/zod/entry.ts" },
    clean: ["!index.*", "!library.*", "!report.*", ...OF_ENGINES, "!*.txt", "!cli/**"],
    noExternal: ["zod"],
    minify: true,
    esbuildPlugins: [languages],
  },
  {
    ...shared,
    entry: { main: "src/cli/main.ts" },
    outDir: "dist/cli",
    clean: true,
    dts: false,
    // What a command needs is loaded when it is run.
    splitting: true,
    noExternal: [/^hyparquet\/src\//],
    // The library by its own name, not a copy of it: a config's classes are then known to it.
    external: [/^bronzestore/],
  },
  {
    ...shared,
    entry: { report: "src/report/index.ts" },
    clean: ["!index.*", "!library.*", "!zod.*", ...OF_ENGINES, "!*.txt", "!cli/**"],
    esbuildPlugins: [besideTheLibrary, page],
    dts: false,
  },
  {
    ...shared,
    entry: {
      duckdb: "src/engine/duckdb.ts",
      clickhouse: "src/engine/clickhouse.ts",
      sql: "src/sql/entry.ts",
    },
    clean: ["!index.*", "!library.*", "!zod.*", "!report.*", "!*.txt", "!cli/**"],
    // What writes statements is in a file of its own, once.
    splitting: true,
    esbuildPlugins: [besideTheLibrary],
  },
  {
    ...shared,
    entry: { report: "src/report/index.ts" },
    // Its types name those of the library, by a path that tsup.types.mjs puts right.
    external: [/\.\.\/index\.js$/],
    dts: { ...TYPES, only: true },
  },
]);

async function addEntriesAndLicences(): Promise<void> {
  for (const entry of ["index.js", "index.cjs"]) copyFileSync(`src/entry/${entry}`, `dist/${entry}`);

  const texts = BUILT_IN.map((name) => {
    const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
    const licence = readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim();
    return `Parts of ${name} ${version} are built into these files. Its licence:\n\n${licence}\n`;
  });
  writeFileSync("dist/THIRD_PARTY_LICENSES.txt", texts.join("\n\n"));
}
