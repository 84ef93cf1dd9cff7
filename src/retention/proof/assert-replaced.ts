import {
  type CompactedFile,
  contentOf,
  contentsOf,
  dayFileOf,
  type GoneFile,
  holderOf,
  listUnit,
  loadFrame,
  type PartFacts,
  type PlannedDay,
  prunedHistory,
  readPartFacts,
  type TrashRecord,
  trashPath,
  unitOf,
} from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import { BronzeError } from "../../errors.js";
import { joinPath, readIfThere, type Storage } from "../../storage/index.js";
import { exactText, openParquet, type ParquetFile } from "../../table/index.js";
import { isCommitted, readState, sealState } from "../../trash/index.js";
import { partOffsets, rowReader } from "../../travel/index.js";
import { type StoredPart, storedParts } from "../day/pack-parts.js";
import type { RetentionContext } from "../kept/manifests.js";

/** A file in the trash, and its entry in the state. */
interface TrashedFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly gone: GoneFile;
}

/**
 * Checks that a day no longer needs what a plan put in the trash: the day reads; its state says for each file that it
 * was pruned, or names the compacted file that has its rows, which exists with its digest and has them, cell by cell.
 *
 * @throws BronzeError `RETENTION_INVALID`
 */
export async function assertReplaced(
  { bronze }: RetentionContext,
  plan: string,
  day: PlannedDay,
  records: readonly TrashRecord[],
): Promise<void> {
  const { storage } = bronze;
  const dataset = bronze.dataset(day.dataset);
  const copies = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const file of day.remove) {
    const bytes = await readIfThere(storage, trashPath(plan, file.path));
    if (!bytes) continue; // an earlier emptying was interrupted
    if (sha256(bytes) !== file.sha256)
      throw kept(plan, trashPath(plan, file.path), "is not what was put there");
    copies.set(file.path, bytes);
  }
  if (copies.size === 0) return;

  const { files } = await listUnit(storage, dataset, unitOf(dataset, day.date));
  const state = await readState(storage, day.folder, records);
  if (state.version === undefined)
    throw kept(plan, day.folder, "has no _retention.json to say what became of them");
  await sealState(storage, day.folder, state); // with version 1 the names would be lost once the trash is empty
  const goneOf = (path: string) =>
    state.gone.find((file) => file.plan === plan && joinPath(day.folder, file.path) === path);
  const isPruned = (path: string) => {
    const gone = goneOf(path);
    return gone !== undefined && holderOf(state, gone) === "pruned";
  };
  const needed = new Map([...copies].filter(([path]) => !isPruned(path)));
  const data = new Set(files.map(({ path }) => path));
  const lost = await copiesNotHeld(storage, dataset, needed, {
    held: await partsHeld(storage, dataset, day.folder, state.compacted),
    pruned: new Set(prunedHistory(state).parts.map(partId)),
    data,
  });
  if (lost.size === 0 && needed.size > 0) return;
  if (!isCommitted(state, plan, day)) throw kept(plan, day.folder, "does not say that they were removed");

  const byHolder = new Map<CompactedFile, TrashedFile[]>();
  for (const [path, bytes] of lost) {
    const gone = goneOf(path)!;
    const holder = holderOf(state, gone);
    if (!holder || holder === "pruned") throw kept(plan, path, "are in a file of which nothing is known");
    byHolder.set(holder, [...(byHolder.get(holder) ?? []), { bytes, gone }]);
  }
  for (const [holder, files] of byHolder) {
    const at = joinPath(day.folder, holder.path);
    const bytes = await readIfThere(storage, at);
    if (!bytes || sha256(bytes) !== holder.sha256)
      throw kept(plan, at, "which has their rows, is not there as it was made");
    if (readPartFacts(openParquet(bytes, at))?.version === 2)
      throw kept(plan, at, `does not have ${inPlace(day.folder, files[0]!)} as it was`);
    await assertHolds(dataset, plan, day.folder, { holder, bytes }, files);
  }
}

/**
 * The copies of which a part is neither recorded as pruned nor among the day's data with the content it had: in a compacted
 * file, or where it lay.
 */
async function copiesNotHeld(
  storage: Storage,
  dataset: AnyDataset,
  copies: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  { held, pruned, data }: PartsOfUnit,
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const isKnown = async ({ parquet, facts, place: { path } }: StoredPart) => {
    const content = contentOf(parquet, facts);
    const id = partId({ ...facts, content });
    if (held.has(id) || pruned.has(id)) return true;
    const bytes = data.has(path) ? await readIfThere(storage, path) : undefined;
    const [own] = bytes ? partsIn(dataset, path, openParquet(bytes, path)) : [];
    return own !== undefined && contentOf(own.parquet, own.facts) === content;
  };
  const lost = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [path, bytes] of copies) {
    for (const part of partsIn(dataset, path, openParquet(bytes, path))) {
      if (await isKnown(part)) continue;
      lost.set(path, bytes);
      break;
    }
  }
  return lost;
}

/** What became of the parts of a unit. */
interface PartsOfUnit {
  /** As `partsHeld` has them. */
  readonly held: ReadonlySet<string>;
  /** Those that the state records as pruned. */
  readonly pruned: ReadonlySet<string>;
  /** Paths of its files. */
  readonly data: ReadonlySet<string>;
}

function partId({ content, path }: Pick<PartFacts, "content" | "path">): string {
  return `${content} ${path}`;
}

/** The parts that compacted files of a day hold, by what is read of them, not by what they say of themselves. */
async function partsHeld(
  storage: Storage,
  dataset: AnyDataset,
  folder: string,
  compacted: readonly CompactedFile[],
): Promise<Set<string>> {
  const held = new Set<string>();
  for (const { path, sha256: digest } of compacted) {
    const at = joinPath(folder, path);
    const bytes = await readIfThere(storage, at);
    if (!bytes || sha256(bytes) !== digest) continue;
    const parts = partsIn(dataset, at, openParquet(bytes, at));
    for (const [i, content] of contentsOf(parts).entries()) held.add(partId({ ...parts[i]!.facts, content }));
  }
  return held;
}

function partsIn(dataset: AnyDataset, path: string, parquet: ParquetFile): StoredPart[] {
  return storedParts(dataset, dayFileOf(dataset, path)!, parquet, {
    sha256: "",
    size_bytes: parquet.sizeBytes,
  });
}

/** Checks that a compacted file of an earlier version has the rows of the files that it replaced, cell by cell. */
async function assertHolds(
  dataset: AnyDataset,
  plan: string,
  folder: string,
  { holder, bytes }: { readonly holder: CompactedFile; readonly bytes: Uint8Array<ArrayBuffer> },
  files: readonly TrashedFile[],
): Promise<void> {
  const at = joinPath(folder, holder.path);
  const contents = new Map([
    [at, bytes],
    ...files.map((file) => [inPlace(folder, file), file.bytes] as const),
  ]);
  const { frame } = await loadFrame(
    { read: async (path) => contents.get(path)! },
    dataset,
    [...contents.keys()].map((path) => dayFileOf(dataset, path)!),
  );
  const reader = rowReader(frame);
  const cells = (row: number) => reader.names.map((name) => reader.cell(name, row));
  const [held, ...offsets] = partOffsets(frame.parts);
  const ranges = partRanges(readPartFacts(openParquet(bytes, at))?.parts ?? []);
  // 0.1 put rows in another order, and named no parts: then each row must be there as often as before.
  let loose: Map<string, number> | undefined;
  for (const [i, file] of files.entries()) {
    const first = offsets[i]!;
    const range = ranges.get(`${file.gone.sha256} ${file.gone.path}`);
    for (let row = first; row < offsets[i + 1]!; row++) {
      const text = exactText(cells(row));
      loose ??=
        range === undefined ? countsOf(held!, offsets[0]!, (own) => exactText(cells(own))) : undefined;
      const count = range === undefined ? (loose!.get(text) ?? 0) : 0;
      const isHeld = range === undefined ? count > 0 : exactText(cells(range + row - first)) === text;
      if (!isHeld) throw kept(plan, at, `does not have row ${row - first} of ${inPlace(folder, file)}`);
      loose?.set(text, count - 1);
    }
  }
}

/** The first row of each part in its file. */
function partRanges(parts: readonly Pick<PartFacts, "path" | "sha256" | "rows">[]): Map<string, number> {
  const ranges = new Map<string, number>();
  let first = 0;
  for (const { path, sha256, rows } of parts) {
    ranges.set(`${sha256} ${path}`, first);
    first += rows;
  }
  return ranges;
}

function countsOf(from: number, to: number, text: (row: number) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (let row = from; row < to; row++) counts.set(text(row), (counts.get(text(row)) ?? 0) + 1);
  return counts;
}

function inPlace(folder: string, { gone }: Pick<TrashedFile, "gone">): string {
  return joinPath(folder, gone.path);
}

function kept(plan: string, file: string, problem: string): BronzeError {
  return new BronzeError(
    "RETENTION_INVALID",
    `The trash of plan ${plan} is kept: ${file} ${problem}. Restore it, or the plan.`,
    { plan, file },
  );
}
