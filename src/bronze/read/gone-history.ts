import { type AnyDataset, comparePlaces } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import type { ParquetFile } from "../../table/index.js";
import {
  type Frame,
  type GoneHistory,
  type GonePart,
  type GoneProof,
  timeBounds,
} from "../../travel/index.js";
import type { PrunedPart } from "../retained/retained-files.js";
import { holdsNothingUntil, partBounds, ROWS_AHEAD_KEY } from "./data-skipping.js";
import type { DayFile, PrunedFile } from "./day-file.js";
import { isPruned } from "./fetch-files.js";
import { instantRange } from "./frame-columns.js";
import { ownNameOf } from "./open-file.js";
import { keyValuesOf, type OpenedFile } from "./open-parts.js";
import { snapshotOf } from "./snapshot-of-file.js";
import { isOneDay } from "./unit-folders.js";

/** What a frame was made from, as far as it matters to what is proven of pruned parts. */
interface GoneFrom {
  readonly opened: readonly OpenedFile[];
  /** A file of each schema that was looked at, also of those that were not decoded. */
  readonly models: readonly ParquetFile[];
  readonly dates: readonly string[] | undefined;
  readonly isAccepted: boolean;
}

/** What a record proves; `isLater`: that the part holds nothing until the horizon, so that it is none of a frame. */
type Proof = GoneProof & { readonly isLater: boolean };

/** The pruned parts of a frame's days, with what their records prove. */
export function goneHistory(
  dataset: AnyDataset,
  frame: Frame,
  pruned: readonly PrunedFile[],
  from: GoneFrom,
): GoneHistory | undefined {
  const asked = pruned.filter(({ known }) => isAsked(known?.file, from.dates));
  if (asked.length === 0) return undefined;
  const schemas = new Map(from.models.map((model) => [schemaDigest(model), model]));
  const inOrder = asked
    .map((one) => ({ ...one, place: placeAmong(from.opened, one.known?.file), proof: proofOf(one) }))
    .sort((a, b) => a.place - b.place || compareKnown(a, b));
  const columnsStay = keepsColumns(from.opened, inOrder);
  function proofOf({ known }: PrunedFile): Proof | undefined {
    const model = known && schemas.get(known.facts.schema);
    // Of a file of several days only some rows may be asked for.
    if (!model || (from.dates && !isOneDay(known.file.days))) return undefined;
    return goneProof(dataset, frame, known, model);
  }
  const parts = inOrder.map(
    ({ path, place, known, proof }): GonePart => ({
      path,
      rows: known?.facts.rows ?? 0,
      sizeBytes: known?.facts.size_bytes ?? 0,
      place,
      proof: proof && (columnsStay || proof.isLater) ? proof : undefined,
    }),
  );
  return { parts, isAccepted: from.isAccepted };
}

function isAsked(file: DayFile | undefined, dates: readonly string[] | undefined): boolean {
  const days = file?.days;
  if (!dates || !days) return true;
  return dates.some((date) => date >= days.from && date <= days.to);
}

function placeAmong(opened: readonly OpenedFile[], file: DayFile | undefined): number {
  if (!file) return 0;
  const next = opened.findIndex((part) => comparePlaces(part.file, file) >= 0);
  return next < 0 ? opened.length : next;
}

function compareKnown(a: PrunedFile, b: PrunedFile): number {
  return a.known && b.known ? comparePlaces(a.known.file, b.known.file) : 0;
}

/**
 * Whether rows would have the same columns, in the same order, with the pruned parts there: each schema is met first in the
 * same turn. Files that hold nothing until the horizon are no part of a frame.
 */
function keepsColumns(
  opened: readonly OpenedFile[],
  gone: readonly (PrunedFile & { readonly place: number; readonly proof: Proof | undefined })[],
): boolean {
  const own = opened.map(({ parquet }) => schemaDigest(parquet));
  const all: (string | undefined)[] = [...own];
  for (const { place, known, proof } of gone.toReversed())
    if (!proof?.isLater) all.splice(place, 0, known?.facts.schema);
  const [before, after] = [new Set(all), new Set<string | undefined>(own)];
  return [...before].join() === [...after].join();
}

/** @param model a file of the same schema */
function goneProof(
  dataset: AnyDataset,
  frame: Frame,
  { file, facts }: NonNullable<PrunedFile["known"]>,
  model: ParquetFile,
): Proof {
  const parquet = asRecorded(dataset, model, file, facts);
  const bounds = partBounds(parquet, dataset, frame.columns);
  const times = bounds && timeBounds(dataset.timestamps, (name) => instantRange(parquet, dataset, name));
  const counted = parquet.keyValues.get(ROWS_AHEAD_KEY);
  const known = counted === undefined ? undefined : Number(counted);
  // Keys that nobody recorded are equal to no other part's.
  const own = bounds && {
    ...bounds,
    keyDigest: bounds.keyDigest ?? `of the pruned ${facts.sha256} ${facts.path}`,
  };
  const { horizonNs } = frame;
  return {
    part: {
      path: file.path,
      rows: facts.rows,
      sizeBytes: facts.size_bytes,
      snapshot: snapshotOf(dataset, file, parquet),
      bounds: () => own,
      column(name) {
        throw new Error(`${file.path} was pruned, and its column ${name} asked for`); // a bug: only its bounds are there
      },
    },
    firstCapturedNs: times?.firstCaptureNs,
    rowsAhead: bounds?.noneAhead ? 0 : known,
    holdsNothingUntil: (cutoffNs) => holdsNothingUntil(parquet, dataset, cutoffNs),
    // A day that only the rows tell is in no record; and a loose file does not say how many of its rows are ahead, though its
    // record does: where that decides, the file was opened, and its columns were there.
    isLater:
      !hasDates(dataset, model) &&
      isPruned(dataset, { file, parquet: withoutRowsAhead(parquet) }, { horizonNs, wholeOnly: false }),
  };
}

function withoutRowsAhead(parquet: ParquetFile): ParquetFile {
  const keyValues = new Map(parquet.keyValues);
  keyValues.delete(ROWS_AHEAD_KEY);
  return { ...parquet, keyValues };
}

/** Whether a file says by dates of its own which days its rows are of. */
function hasDates({ dateFrom }: AnyDataset, { columns }: ParquetFile): boolean {
  return typeof dateFrom === "string" && columns.get(dateFrom)?.kind === "date";
}

/** A pruned part as the file it was, without its columns: its footer and statistics, as far as they were recorded. */
function asRecorded(
  dataset: AnyDataset,
  model: ParquetFile,
  { path }: DayFile,
  facts: PrunedPart,
): ParquetFile {
  const storedAs = (name: string) =>
    Object.keys(facts.times).find((stored) => ownNameOf(dataset, stored) === name);
  return {
    ...model,
    path,
    rowCount: facts.rows,
    sizeBytes: facts.size_bytes,
    checked: true,
    keyValues: keyValuesOf(dataset, facts),
    timestampRange(name) {
      const stored = storedAs(name);
      const times = stored === undefined ? undefined : facts.times[stored];
      return times && { minNs: BigInt(times[0]), maxNs: BigInt(times[1]), nullCount: times[2] };
    },
  };
}

/** Files of one schema share their columns, so that few are digested. */
const digests = new WeakMap<ParquetFile["columns"], string>();

/** Names the schema of a file: all its columns as they are stored, in its order, under the names they are asked for. */
function schemaDigest(parquet: Pick<ParquetFile, "columns" | "refused" | "elements">): string {
  const { columns, refused } = parquet;
  let digest = digests.get(columns);
  if (digest === undefined) {
    const all = [...columns.keys(), ...refused.keys()].map((name) => [name, parquet.elements(name)]);
    digest = sha256(new TextEncoder().encode(JSON.stringify([all, [...refused]])));
    digests.set(columns, digest);
  }
  return digest;
}

/**
 * What a day records of a part that is pruned. Statistics of files without an intact checksum are not believed: of such a
 * part no times are recorded, and whatever asks for its day needs it.
 */
export function prunedPartOf(
  parquet: ParquetFile,
  { times, ...facts }: Omit<PrunedPart, "schema">,
): PrunedPart {
  return { ...facts, times: parquet.checked ? times : {}, schema: schemaDigest(parquet) };
}
