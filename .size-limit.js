import { execFileSync } from "node:child_process";

// What `npm pack` would put into the package, from a build that was made before.
const [{ files }] = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json"], { encoding: "utf8" }));
const paths = files.map(({ path }) => path);

/** Kilobytes are of 1,000 bytes. Limits are about a tenth above what was measured on 2026-11-29. */
export default [
  {
    name: "start: the library, as Node parses it",
    // Read and parsed at every start, and a script that a timer starts every few minutes starts often: 18 ms of it are
    // the library's. Not compressed, for Node reads it so.
    path: "dist/library.js",
    limit: "1.05 MB",
    brotli: false,
  },
  {
    name: "start: bronzestore/zod, as Node parses it",
    // It exists only to load faster than zod; twice its size, it would not.
    path: "dist/zod.js",
    limit: "225 kB",
    brotli: false,
  },
  {
    name: "start: the command line, as Node parses it",
    // Read for every command, and all that --help reads; the rest of dist/cli is loaded by what needs it.
    path: "dist/cli/main.js",
    limit: "72 kB",
    brotli: false,
  },
  {
    name: "bronzestore/report, with the page in it",
    // Loaded by who makes a page or serves one, and in every page: most of it is the page's code.
    path: "dist/report.js",
    limit: "146 kB",
    brotli: false,
  },
  {
    name: "what writes statements, for who asks an engine",
    path: "dist/chunk-*.js",
    limit: "64 kB",
    brotli: false,
  },
  {
    name: "types of the library",
    // What an editor reads before it shows the first hint; it is in the package twice, once for `require`.
    path: "dist/index.d.ts",
    limit: "360 kB",
    brotli: false,
  },
  {
    name: "package, unpacked",
    // Docs, examples and fixtures are a quarter of it, so that the README's links work without the web; the command line
    // is a thirteenth, for it reads footers of files that no definition names.
    path: paths,
    limit: "3.25 MB",
    brotli: false,
  },
  {
    name: "package, compressed",
    // What an installation downloads; each file by itself, so a little more than the archive.
    path: paths,
    limit: "1 MB",
    gzip: true,
  },
];
