// After `changeset version`: manifests name the library's version, so `src/version.ts` says what package.json says.
import { readFileSync, writeFileSync } from "node:fs";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const text = readFileSync("src/version.ts", "utf8");
const set = text.replace(/(LIBRARY_VERSION = )"[^"]*"/, `$1"${version}"`);
if (!set.includes(`"${version}"`)) throw new Error("src/version.ts has no LIBRARY_VERSION to set");
writeFileSync("src/version.ts", set);
