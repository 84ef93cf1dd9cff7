import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { defineConfig, type Options } from "tsup";
import * as locales from "zod/locales";

/** Packages of which something is built into `dist`; their licences want their text to go with it. */
const BUILT_IN = ["hyparquet", "zod"];

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
  dts: { compilerOptions: { ignoreDeprecations: "6.0" } },
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

export default defineConfig([
  {
    ...shared,
    entry: { library: "src/index.ts" },
    clean: ["!zod.*", "!cli/**"], // the three are built at once, and each clears away its own
    // Its parts are a dozen small files, and finding each takes a process that reads one hour as long as reading it.
    noExternal: [/^hyparquet\/src\//],
    onSuccess: addEntriesAndLicences,
  },
  {
    ...shared,
    entry: { zod: "src/zod/entry.ts" },
    clean: ["!index.*", "!library.*", "!*.txt", "!cli/**"],
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
