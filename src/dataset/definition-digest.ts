import { sha256 } from "../digest.js";
import { canonicalJson, type Json } from "../json/index.js";
import { cellText, describeType } from "../table/index.js";
import { dateRange, type SeasonRule } from "../time/index.js";
import type { AnyDataset } from "./dataset.js";

/** A definition by its digest. */
interface DefinitionDigest {
  /** Hex SHA-256 of the canonical JSON of all that decides what an answer is. */
  readonly sha256: string;
  /** What of it the digest does not cover, in words: functions. */
  readonly unknown: readonly string[];
}

/**
 * The digest of a definition: equal for two datasets whose answers from the same files are equal, as far as functions
 * agree, which no digest covers. What only judges a tree (`expect`, `freshness`) is not in it.
 */
export function definitionDigest(dataset: AnyDataset): DefinitionDigest {
  let known = digests.get(dataset);
  if (!known) {
    known = { sha256: sha256(canonicalJson(definitionOf(dataset))), unknown: functionsOf(dataset) };
    digests.set(dataset, known);
  }
  return known;
}

/** Each is asked for at every read of a freeze. */
const digests = new WeakMap<AnyDataset, DefinitionDigest>();

/** A definition as JSON. Members may be added, with a new `v`. */
function definitionOf(dataset: AnyDataset): Json {
  const { layout, columns, dateFrom, timestamps, tombstone, aliases } = dataset;
  return {
    v: 1,
    name: dataset.name,
    folder: dataset.folder,
    layout: { history: layout.history.map(({ text }) => text), latest: layout.latest?.text ?? null },
    season: layout.season === undefined ? null : seasonsBy(layout.season),
    key: [...dataset.key],
    columns: [...columns.values()].map(({ name, type, nullable, integers }) => ({
      name,
      type: describeType(type),
      nullable,
      integers,
    })),
    date:
      dateFrom === undefined || typeof dateFrom === "string" ? (dateFrom ?? null) : { by: dateFrom.column },
    hour: dataset.hour ?? null,
    files: dataset.files,
    state: dataset.state,
    partitionIs: dataset.partitionIs,
    scope: [...dataset.scope],
    snapshotTime: dataset.snapshotTime ?? null,
    timeZone: dataset.timeZone,
    misfiled: dataset.misfiled,
    timestamps: {
      asOf: timestamps.asOf,
      ingested: timestamps.ingested,
      earliest: textOf(timestamps.earliestNs),
      maxLead: textOf(timestamps.maxLeadNs),
      unreliable: timestamps.unreliable,
      fallback: timestamps.fallback,
      naive: timestamps.naiveIsUtc ? "utc" : null,
    },
    dates: dataset.dates,
    tombstone:
      tombstone === undefined
        ? null
        : tombstone.values === undefined
          ? "function"
          : [...tombstone.values].map(([column, cells]) => ({
              column,
              values: cells.map((cell) => (cell === null ? null : cellText(cell))),
            })),
    aliases: [...aliases].map(([old, column]) => ({ old, column })),
  };
}

/** A rule of seasons by what it says: the days of two years on which the season changes. */
function seasonsBy(season: SeasonRule): Json {
  const changes: { date: string; season: number }[] = [];
  for (const date of dateRange("2024-01-01", "2025-12-31")) {
    const own = season(date);
    if (changes.at(-1)?.season !== own) changes.push({ date, season: own });
  }
  return changes;
}

function textOf(ns: bigint | undefined): string | null {
  return ns === undefined ? null : String(ns);
}

function functionsOf({ name, dateFrom, tombstone }: AnyDataset): string[] {
  return [
    ...(typeof dateFrom === "object" ? [`the date of ${name} is looked up by ${dateFrom.column}`] : []),
    ...(tombstone && tombstone.values === undefined ? [`the tombstone of ${name} is a function`] : []),
  ];
}
