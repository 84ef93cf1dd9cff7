import {
  type AnyDataset,
  type BronzeError,
  type GoldStore,
  isBronzeError,
  type Manifest,
  toEpochNs,
  type VerifyFinding,
} from "../index.js";
import { cellWords } from "./cell-words.js";
import type { EventData, FindingData, GoldData, SlateData } from "./page/data.js";

/** Any gold store. */
export type AnyGold = GoldStore<readonly AnyDataset[]>;

/**
 * What is frozen in a range of days, and whether it still is what it was.
 *
 * @param verifies whether every hash is taken again; else slates are only listed
 */
export async function gatherGold(
  gold: AnyGold,
  range: { readonly from: string | undefined; readonly to: string | undefined },
  verifies: boolean,
): Promise<GoldData> {
  const found: SlateData[] = [];
  const findings: FindingData[] = [];
  // A manifest that cannot be read ends the list; what is wrong with it is a finding, as with all others.
  const listed = await refusedBy(async () => {
    for await (const manifest of gold.list(range)) found.push(slateData(manifest, verifies));
  });
  const slates = named(found);
  const numbers = new Map(slates.map((slate, i) => [nameOf(slate.cells, slate.snapshot, slate.revision), i]));
  const verified = await refusedBy(async () => {
    if (!verifies) return;
    for await (const finding of gold.verifyAll(range)) findings.push(findingData(finding, numbers));
  });
  // Where nothing is frozen, nothing can be verified.
  const isEmpty = slates.length === 0 && !listed && verified?.code === "NOTHING_CHECKED";
  return { slates, findings, refused: isEmpty ? null : ((listed ?? verified)?.message ?? null) };
}

/** What the library says instead of doing some work. */
async function refusedBy(work: () => Promise<void>): Promise<BronzeError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (isBronzeError(error)) return error;
    throw error;
  }
}

/** Slates by what tells them apart besides the date: the cells of their key that are not the same in all of them. */
function named(slates: readonly SlateData[]): SlateData[] {
  const differing = (cell: string, place: number, date: string | null) =>
    cell !== date && slates.some(({ cells }) => cells[place] !== cell);
  return slates.map((slate) => {
    const own = slate.cells.filter((cell, place) => differing(cell, place, slate.date));
    return own.length === 0 ? slate : { ...slate, name: own.join(" ") };
  });
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;

function slateData(manifest: Manifest, verified: boolean): SlateData {
  const { slate, snapshot, revision, snapshot_ts, frozen_at, inputs, output, digest } = manifest;
  const cells = Object.values(slate).map(cellWords);
  return {
    cells,
    name: cells.at(-1)!,
    date: cells.find((cell) => DATE.test(cell)) ?? null,
    ...{ snapshot, revision, digest, verified, path: output.path, rows: output.rows, frozenAt: frozen_at },
    cutoff: String(toEpochNs(snapshot_ts)),
    inputs: inputs.map(({ dataset, files, rows_selected }) => ({
      dataset,
      files: files.length,
      rows: rows_selected,
    })),
  };
}

function findingData(finding: VerifyFinding, numbers: ReadonlyMap<string, number>): FindingData {
  const { kind, ok, path, slates, message = null } = finding;
  const touched = slates.flatMap(
    ({ slate, snapshot, revision }) =>
      numbers.get(nameOf(Object.values(slate).map(cellWords), snapshot, revision)) ?? [],
  );
  return { kind, ok, path, message, slates: touched, touched: slates.length };
}

function nameOf(cells: readonly string[], snapshot: string, revision: number): string {
  return JSON.stringify([cells, snapshot, revision]);
}

/** The cutoffs of a day's slates, as instants that people ask about: those of a slate belong to each of its key's values. */
export function cutoffsOfSlates(
  gold: GoldData | null,
  date: string | null,
  groups: ReadonlySet<string>,
): EventData[] {
  const own = (gold?.slates ?? []).filter((slate) => slate.date === date);
  return own.map(({ snapshot, cutoff, cells }) => ({
    name: snapshot,
    at: cutoff,
    group: cells.find((cell) => groups.has(cell)) ?? null,
    isCutoff: true,
  }));
}
