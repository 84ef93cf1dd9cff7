import { type AnyDataset, BronzeStore, formatInstant, memoryStorage, type Storage } from "bronzestore";
import fc from "fast-check";
import { expect, test } from "vitest";
import { writeSnapshotMetadata } from "../../src/bronze/snapshot-metadata.js";
import { dateFolder } from "../../src/dataset/index.js";
import {
  type Column,
  type ColumnType,
  cellReader,
  columnFromCells,
  encodeParquet,
  type NamedColumn,
} from "../../src/table/index.js";
import { frameOf, type RandomHistory, randomHistory } from "../travel/random-history.js";
import { entriesIn, everythingOf, LATER, settled } from "./cached-stores.js";

const DATE = "2026-01-15";
const clock = () => BigInt(Date.parse(LATER)) * 1_000_000n;

/** A column beyond the schema, of any of some types, in some files; and files that lack what they should have. */
const drift = fc.record({
  extra: fc.constantFrom<(ColumnType | undefined)[]>(
    undefined,
    undefined,
    { kind: "int", bits: 32, signed: true },
    { kind: "int", bits: 64, signed: true },
    { kind: "float", bits: 64 },
    { kind: "text" },
  ),
  textTimes: fc.integer({ max: 9 }).map((n) => n === 9),
  isCut: fc.integer({ max: 40 }).map((n) => n === 40),
});
type Drift = typeof drift extends fc.Arbitrary<infer T> ? T : never;

const world = randomHistory().chain((history) =>
  fc.record({
    history: fc.constant(history),
    drifts: fc.array(drift, { minLength: history.files.length, maxLength: history.files.length }),
  }),
);

/** The history as run files of one day; the dataset it is of. */
async function written(storage: Storage, { rules, files }: RandomHistory, drifts: readonly Drift[]) {
  const frame = frameOf(rules, files);
  const { dataset } = frame;
  for (const [i, part] of frame.parts.entries()) {
    const { extra, textTimes, isCut } = drifts[i]!;
    const columns: NamedColumn[] = [];
    for (const name of frame.columns.keys()) {
      const column = part.column(name);
      if (!column) continue;
      const isText = textTimes && name === "as_of_ts";
      columns.push({ name, column: isText ? asText(column) : column });
    }
    if (extra)
      columns.push({ name: "extra", column: columnFromCells(extra, new Array(part.rows).fill(null)) });
    if (columns.length === 0) continue;
    const bytes = encodeParquet(columns, part.snapshot && writeSnapshotMetadata(part.snapshot));
    await storage.publish(pathOf(dataset, i), isCut ? bytes.subarray(0, 50) : bytes);
  }
  return dataset;
}

function asText(instants: Column): Column {
  const cell = cellReader(instants);
  const texts = Array.from({ length: instants.length }, (_, row) => {
    const ns = cell(row) as bigint | null;
    return ns === null ? null : formatInstant(ns);
  });
  return columnFromCells({ kind: "text" }, texts);
}

function pathOf(dataset: AnyDataset, i: number): string {
  return `${dateFolder(dataset, DATE)}/run_ts=20260115T1800${String(i).padStart(2, "0")}Z/data.parquet`;
}

test("a store with a cache says what a store without says, at first and again, errors included", async () => {
  let kept = 0;
  await fc.assert(
    fc.asyncProperty(world, async ({ history, drifts }) => {
      const storage = settled(memoryStorage());
      const dataset = await written(storage, history, drifts);
      const store = (cache: boolean) => new BronzeStore({ storage, datasets: [dataset], clock, cache });
      const cutoffs = history.questions.map(({ cutoff }) => cutoff);
      const ask = (cache: boolean) => everythingOf(store(cache), "random_raw", cutoffs, DATE);
      const truth = await ask(false);
      expect(await ask(true)).toEqual(truth);
      expect(await ask(true)).toEqual(truth);
      kept += (await entriesIn(storage)).length > 0 ? 1 : 0;
    }),
    { numRuns: 200 },
  );
  expect(kept).toBeGreaterThan(20); // or this would show nothing
});

test("nor does it matter what happened to the files in between", async () => {
  const change = fc.constantFrom("add", "remove", "rewrite", "touch");
  await fc.assert(
    fc.asyncProperty(
      world,
      fc.array(fc.tuple(change, fc.nat(5)), { maxLength: 4 }),
      async (given, changes) => {
        const { history, drifts } = given;
        const storage = settled(memoryStorage());
        const dataset = await written(storage, { ...history, files: history.files.slice(0, 3) }, drifts);
        const elsewhere = memoryStorage();
        await written(elsewhere, history, drifts);
        const store = (cache: boolean) => new BronzeStore({ storage, datasets: [dataset], clock, cache });
        const cutoffs = history.questions.map(({ cutoff }) => cutoff);
        const ask = (cache: boolean) => everythingOf(store(cache), "random_raw", cutoffs, DATE);
        await ask(true);
        for (const [what, i] of changes) {
          const path = pathOf(dataset, i);
          const from = pathOf(dataset, what === "rewrite" ? (i + 1) % 6 : i);
          if (what === "remove") await storage.remove(path);
          else if ((await elsewhere.stat(from)) && (what === "add") === !(await storage.stat(path)))
            await storage.replace(path, await elsewhere.read(from));
          expect(await ask(true)).toEqual(await ask(false));
        }
      },
    ),
    { numRuns: 100 },
  );
});
