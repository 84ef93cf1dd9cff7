import type * as z from "zod";
import { summary, withText } from "../printed.js";
import { assertName } from "../storage/index.js";
import { calendar, toDurationNs, toEpochNs } from "../time/index.js";
import { aliasesOf } from "./aliases.js";
import { columnsOfSchema, type DeclaredColumn, type InstantColumn, type SaysAsOf } from "./column-schema.js";
import type { AnyDataset, Dataset } from "./dataset.js";
import {
  type AnyOptions,
  assertDatasetOptions,
  type DatasetOptions,
  invalidDataset as invalid,
  type TimestampOptions,
} from "./dataset-options.js";
import { expectationOf, freshnessLimitsOf } from "./expectation.js";
import { layoutOf, scopeTokens } from "./layout-of.js";
import type { IsDated, LayoutNeeds, LayoutOption } from "./layout-option.js";
import type { DateLookup } from "./schedule.js";
import { tombstoneOf } from "./tombstone.js";

/**
 * Says what a feed is. The row types of everything that reads or writes it follow from `schema`.
 *
 * @throws BronzeError `INVALID_DATASET`, `INVALID_PATH` for a name or folder that is none, `INVALID_TIME_ZONE`,
 * `INVALID_ARGUMENT` for an option there is not, `INVALID_INSTANT` and `INVALID_DURATION` in `timestamps`
 * @example
 * ```ts
 * const injuries = defineDataset({
 *   name: "injuries_raw",
 *   layout: layouts.hourly({ file: "injuries.parquet" }),
 *   schema: z.object({
 *     game_id: z.string(),
 *     player_id: z.string(),
 *     status: z.string(),
 *     report_ts: instant(),
 *     as_of_ts: instant().nullable(),
 *     ingested_ts: instant(),
 *   }),
 *   key: ["game_id", "player_id"],
 *   timeZone: "America/New_York",
 *   season: nbaSeason,
 *   date: { from: "report_ts" },
 *   hour: { from: "report_ts" },
 *   partitionIs: "snapshot",
 * });
 * ```
 * @category Datasets
 */
export function defineDataset<
  const Name extends string,
  Schema extends z.core.$ZodObject,
  const Key extends keyof z.output<Schema> & string,
  const Dated extends keyof z.output<Schema> & string,
  const Layout extends LayoutOption,
>(
  options: DatasetOptions<Name, Schema, Key, Dated, Layout> &
    LayoutNeeds<Layout, InstantColumn<Schema>> &
    SaysAsOf<Schema>,
): Dataset<Name, Schema, Key, Dated, IsDated<Layout>> {
  assertDatasetOptions(options);
  const { name, schema, key } = options as DatasetOptions<Name, Schema, Key, Dated>;
  assertName(name, "dataset name");
  const folder = (options.folder ?? "bronze/{name}").replaceAll("{name}", name);
  for (const part of folder.split("/")) assertName(part, "folder name");
  const columns = columnsOfSchema(schema, name);
  if (key.length === 0)
    throw invalid(name, "the key is empty; name the columns that say which thing a row is about");
  if (new Set(key).size !== key.length)
    throw invalid(name, `the key names a column twice: ${key.join(", ")}`);
  for (const column of key) {
    const type = need(columns, name, column, "key").type.kind;
    if (type === "list") throw invalid(name, `key column "${column}" is a list; a key needs plain values`);
  }

  const layout = layoutOf(options as unknown as AnyOptions, columns, (what) => invalid(name, what));
  const hour = options.hour?.from;
  if (hour !== undefined) needInstant(columns, name, hour, "hour");
  const dateFrom = options.date?.from;
  if (typeof dateFrom === "string") needDay(columns, name, dateFrom);
  else if (dateFrom !== undefined) need(columns, name, (dateFrom as DateLookup).column, "date lookup");

  const partitionIs = options.partitionIs ?? "changes";
  const ofPath = partitionIs === "snapshot" ? scopeTokens(layout) : [];
  const scope: readonly string[] = [...new Set([...(options.scope ?? []), ...ofPath])];
  if (partitionIs === "changes" && (options.scope || options.snapshotTime)) {
    throw invalid(name, 'scope and snapshotTime only mean something with partitionIs: "snapshot"');
  }
  for (const column of scope) {
    if (!key.some((part) => part === column))
      throw invalid(
        name,
        ofPath.includes(column)
          ? `{${column}} in the layout bounds what a file speaks for, so ${column} belongs to the key`
          : `scope column "${column}" is not part of the key`,
      );
  }
  const snapshotTime = options.snapshotTime ?? hour;
  if (options.snapshotTime) needInstant(columns, name, options.snapshotTime, "snapshotTime");

  const { timestamps = {} } = options;
  const asOf = timestamps.asOf === undefined ? "as_of_ts" : timestamps.asOf;
  const ingested = timestamps.ingested ?? "ingested_ts";
  if (asOf === null) assertNoAsOf(name, timestamps);
  else if (timestamps.asOf !== undefined || columns.has(asOf))
    needInstant(columns, name, asOf, "timestamps.asOf");
  else {
    const miss = nearMiss(columns, asOf);
    throw invalid(
      name,
      `the schema has no as_of_ts, by which rows are selected${miss === undefined ? "" : ` (it has "${miss}")`}; name the column with timestamps: { asOf }, or say timestamps: { asOf: null } where the feed has none and every row counts from when it was captured`,
    );
  }
  if (timestamps.ingested !== undefined || columns.has(ingested))
    needInstant(columns, name, ingested, "timestamps.ingested");

  const { timeZone } = options;
  calendar(timeZone);
  const dataset = {
    name,
    folder,
    layout,
    schema,
    key,
    columns,
    dateFrom: dateFrom as string | DateLookup | undefined,
    isDated: layout.dateTokens.size > 0,
    hour,
    files: options.files ?? "append",
    state: options.state ?? "file",
    partitionIs,
    scope,
    snapshotTime: partitionIs === "snapshot" ? snapshotTime : undefined,
    timeZone,
    misfiled: options.misfiled ?? "refuse",
    timestamps: {
      asOf,
      ingested,
      earliestNs:
        timestamps.earliest === undefined ? undefined : toEpochNs(timestamps.earliest, "timestamps.earliest"),
      maxLeadNs:
        timestamps.maxLead === undefined ? undefined : toDurationNs(timestamps.maxLead, "timestamps.maxLead"),
      unreliable: timestamps.unreliable ?? false,
      fallback: timestamps.fallback ?? "row",
      naiveIsUtc: timestamps.naive === "utc",
    },
    dates: options.dates ?? "naive-midnight",
    expect: options.expect && expectationOf(options.expect, (what) => invalid(name, what)),
    freshness: options.freshness && freshnessLimitsOf(options.freshness, (what) => invalid(name, what)),
    tombstone:
      options.tombstone &&
      tombstoneOf(options.tombstone as (row: Record<string, unknown>) => boolean, schema, columns, (what) =>
        invalid(name, what),
      ),
    aliases: aliasesOf(
      options.aliases ?? {},
      columns,
      [...(asOf === null ? [] : [asOf]), ingested, "run_id"],
      (what) => invalid(name, what),
    ),
  } satisfies AnyDataset as AnyDataset as Dataset<Name, Schema, Key, Dated, IsDated<Layout>>;
  return withText(dataset, datasetText);
}

/** A column that differs only in letter case. */
function nearMiss(columns: ReadonlyMap<string, DeclaredColumn>, column: string): string | undefined {
  return [...columns.keys()].find((name) => name.toLowerCase() === column.toLowerCase());
}

/** Rules about a time that does not exist would have no effect. */
function assertNoAsOf(dataset: string, timestamps: TimestampOptions<string>): void {
  const idle = (["earliest", "maxLead", "unreliable", "fallback"] as const).find(
    (name) => timestamps[name] !== undefined,
  );
  if (idle !== undefined)
    throw invalid(
      dataset,
      `timestamps.${idle} says how the semantic time is trusted, and asOf: null that there is none; leave one of them out`,
    );
}

function need(
  columns: Map<string, DeclaredColumn>,
  dataset: string,
  column: string,
  role: string,
): DeclaredColumn {
  const declared = columns.get(column);
  if (!declared) {
    const miss = nearMiss(columns, column);
    throw invalid(
      dataset,
      `${role} names column "${column}", which the schema lacks; it has ${miss === undefined ? [...columns.keys()].join(", ") : `"${miss}"`}`,
    );
  }
  return declared;
}

function needInstant(
  columns: Map<string, DeclaredColumn>,
  dataset: string,
  column: string,
  role: string,
): void {
  if (need(columns, dataset, column, role).type.kind !== "timestamp") {
    throw invalid(dataset, `${role} names column "${column}", which is not an instant(); declare it so`);
  }
}

function needDay(columns: Map<string, DeclaredColumn>, dataset: string, column: string): void {
  const { type } = need(columns, dataset, column, "date");
  if (type.kind !== "timestamp" && type.kind !== "date") {
    throw invalid(dataset, `date names column "${column}", which is neither an instant() nor a domainDate()`);
  }
}

function datasetText({ name, key, partitionIs, timeZone, folder, layout, columns }: AnyDataset): string {
  return summary(`Dataset ${name} by ${key.join(", ")}: ${partitionIs}, ${timeZone}`, [
    ...layout.history.map(({ text }) => `${folder}/${text}`),
    ...(layout.latest ? [`latest view ${folder}/${layout.latest.text}`] : []),
    `columns ${[...columns.keys()].join(", ")}`,
  ]);
}
