// The types of both entries are the library's; for `require` TypeScript wants them under a name of their own.
import { copyFileSync, renameSync } from "node:fs";

copyFileSync("dist/library.d.ts", "dist/index.d.cts");
renameSync("dist/library.d.ts", "dist/index.d.ts");
