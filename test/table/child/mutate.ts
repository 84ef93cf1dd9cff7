/**
 * Reads mutated files and counts how they end. Run in a process of its own, with little memory, so that a hang, a
 * crash or a rejection nobody awaits is seen from outside. Arguments: how many mutations, the seed, then the files.
 */
import { readFileSync } from "node:fs";
import { isBronzeError } from "../../../src/errors.ts";
import { openParquet } from "../../../src/table/index.ts";
import { mutated, randomFrom } from "../mutate.ts";

process.on("unhandledRejection", (reason) => {
  console.error("unhandled rejection", reason);
  process.exit(3);
});

const [rounds, seed, ...paths] = process.argv.slice(2);
const files = paths.map((path) => new Uint8Array(readFileSync(path)));
const random = randomFrom(Number(seed));
const counts = { read: 0, rejected: 0 };
let slowestCpuMs = 0;
for (let round = 0; round < Number(rounds); round++) {
  const bytes = mutated(files[round % files.length]!, random);
  const start = process.cpuUsage();
  try {
    const file = openParquet(bytes, "mutated.parquet");
    for (const name of file.columns.keys()) file.column(name);
    counts.read++;
  } catch (error) {
    const named = isBronzeError(error, "CORRUPT_FILE") || isBronzeError(error, "UNSUPPORTED_TYPE");
    if (!named || !error.message.includes("mutated.parquet")) {
      console.error(`round ${round} of ${paths[round % files.length]}`, error);
      process.exit(2);
    }
    counts.rejected++;
  }
  slowestCpuMs = Math.max(slowestCpuMs, process.cpuUsage(start).user / 1000);
}
// Anything left pending would show up now.
await new Promise((resolve) => setTimeout(resolve, 20));
console.log(JSON.stringify({ ...counts, slowestCpuMs, rssMb: process.resourceUsage().maxRSS / 1024 }));
