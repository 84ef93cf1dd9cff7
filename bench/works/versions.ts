import * as z from "zod";
import { defineDataset, instant } from "../../src/dataset/index.js";
import { type Column, columnFromCells, INSTANT } from "../../src/table/index.js";
import { type Frame, type VersionsAxes, versionsTable } from "../../src/travel/index.js";
import type { Work } from "../support/bench.js";
import { alone, type Figure, timed } from "../support/measure.js";

const REVISIONS = 20_000;
const START = 1_768_500_000_000_000_000n;

const prices = defineDataset({
  name: "prices",
  layout: "**/*.parquet",
  files: "append",
  timeZone: "UTC",
  schema: z.object({ id: z.string(), as_of_ts: instant(), ingested_ts: instant() }),
  key: ["id"],
});

/** When the revisions of a key were captured, given how many there are. */
const CAPTURED = {
  "captured as they came": (i: number) => i,
  "captured in the opposite order": (i: number, count: number) => count - i,
  "captured in no order": (i: number, count: number) => (i * 7_919) % count,
} as const;

/** One key with many revisions: rectangles of the versions table, and what ten times as many cost. */
export const versions: Work = {
  name: "versions",
  async run(bench) {
    const figures: Figure[] = [];
    for (const [what, capturedAt] of Object.entries(CAPTURED)) {
      for (const axes of ["known", "both"] as const) {
        const few = oneKey(REVISIONS, capturedAt);
        const many = oneKey(REVISIONS * 10, capturedAt);
        made(few, axes, REVISIONS); // compiled
        const [times, growths, shares]: [number[], number[], number[]] = [[], [], []];
        for (let round = 0; round < bench.rounds("short"); round++) {
          let rectangles = 0;
          const less = await timed(() => made(few, axes, REVISIONS));
          const more = await timed(() => {
            rectangles = made(many, axes, REVISIONS * 10);
          });
          times.push(more);
          growths.push(more / less);
          shares.push(rectangles / (REVISIONS * 10));
        }
        const line = { work: "versions" };
        const of = `200,000 revisions of a key, ${what}, axes ${axes}`;
        figures.push(
          alone({ ...line, unit: "ms", what: of }, times),
          alone({ ...line, unit: "x", what: `${of}: against 20,000` }, growths),
          alone({ ...line, unit: "x", what: `${of}: rectangles a row`, goal: { atMost: 2 } }, shares),
        );
      }
    }
    return figures;
  },
};

/** How many rectangles there are; more than two a row is a fault. */
function made(frame: Frame, axes: VersionsAxes, rows: number): number {
  const { length } = versionsTable(frame, { axes }).rectanglesOf(0);
  if (length === 0 || length > 2 * rows) throw new Error(`versions: ${length} rectangles of ${rows} rows`);
  return length;
}

function oneKey(rows: number, capturedAt: (i: number, count: number) => number): Frame {
  const at = (i: number) => START + BigInt(i) * 1_000_000_000n;
  const indexes = Array.from({ length: rows }, (_, i) => i);
  const columns = new Map<string, Column>([
    ["id", columnFromCells({ kind: "text" }, new Array(rows).fill("a"))],
    ["as_of_ts", columnFromCells(INSTANT, indexes.map(at))],
    [
      "ingested_ts",
      columnFromCells(
        INSTANT,
        indexes.map((i) => at(capturedAt(i, rows))),
      ),
    ],
  ]);
  return {
    dataset: prices,
    columns: prices.columns,
    parts: [
      {
        path: "prices.parquet",
        rows,
        sizeBytes: 0,
        snapshot: undefined,
        column: (name) => columns.get(name),
      },
    ],
    pruned: [],
    horizonNs: undefined,
  };
}
