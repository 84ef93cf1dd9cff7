/**
 * Everything that is claimed about speed, measured: ours and the rival's in turn, in one run.
 *
 *     npm run bench                           all of it, and bench/results.json
 *     npm run bench -- --only=cold,write      some of it; the other figures stay as they are
 *     npm run bench -- --days=30              a shorter season
 *     npm run bench -- --quick                less of everything, nothing kept
 *     npm run bench -- --large                the works that have a size which takes an hour measure it too
 *     npm run bench -- --trees=FOLDER         compacted trees are kept there for the next run
 *     npm run bench -- --docs                 measure nothing; put the kept figures into docs/performance.md
 */
import { parseArgs } from "node:util";
import { Bench, type Work } from "./support/bench.js";
import type { Figure } from "./support/measure.js";
import { keepResults, writeDocs } from "./support/results.js";
import { table } from "./support/table.js";
import { calendar } from "./works/calendar.js";
import { cold, snapshot } from "./works/cold.js";
import { command } from "./works/command.js";
import { compacted } from "./works/compacted.js";
import { digest } from "./works/digest.js";
import { growth } from "./works/growth.js";
import { join } from "./works/join.js";
import { listing } from "./works/listing.js";
import { page } from "./works/page.js";
import { wholeProcess } from "./works/process.js";
import { real } from "./works/real.js";
import { repeated, sweep } from "./works/repeated.js";
import { scale } from "./works/scale.js";
import { season } from "./works/season.js";
import { telemetry } from "./works/telemetry.js";
import { versions } from "./works/versions.js";
import { write } from "./works/write.js";

const works: readonly Work[] = [
  cold,
  snapshot,
  wholeProcess,
  command,
  compacted,
  repeated,
  sweep,
  write,
  digest,
  listing,
  growth,
  calendar,
  join,
  season,
  scale,
  versions,
  telemetry,
  page,
  real,
];

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    quick: { type: "boolean", default: false },
    large: { type: "boolean", default: false },
    trees: { type: "string" },
    days: { type: "string" },
    docs: { type: "boolean", default: false },
  },
});
const { quick } = values;
const only = values.only?.split(",");
const unknown = only?.filter((name) => !works.some((work) => work.name === name)) ?? [];
if (unknown.length > 0) {
  throw new Error(`No work ${unknown.join(", ")}; there are ${works.map(({ name }) => name).join(", ")}.`);
}

if (values.docs) writeDocs();
else {
  const { large, trees } = values;
  const bench = new Bench({ quick, large, trees, days: Number(values.days ?? (quick ? 4 : 170)) });
  const figures: Figure[] = [];
  try {
    for (const work of works) {
      if (only && !only.includes(work.name)) continue;
      const start = performance.now();
      figures.push(...(await work.run(bench)));
      bench.endWork();
      console.error(`${work.name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
    }
  } finally {
    bench.close();
  }
  console.log(table(figures));
  if (!quick) {
    keepResults(
      figures,
      works.map(({ name }) => name),
    );
  }
}
