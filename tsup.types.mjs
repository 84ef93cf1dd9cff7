// The types of both entries are the library's; for `require` TypeScript wants them under a name of their own.
import { copyFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";

copyFileSync("dist/library.d.ts", "dist/index.d.cts");
renameSync("dist/library.d.ts", "dist/index.d.ts");

// The report's types name the library's where the source has them.
const report = readFileSync("dist/report.d.ts", "utf8");
writeFileSync("dist/report.d.ts", report.replaceAll(`'../index.js'`, `'./index.js'`));
