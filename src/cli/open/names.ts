/** `Issue Time` and `issueTime` as `issue_time`: letters and digits of any language, in lower case. */
export function plainName(name: string): string {
  return name
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, "$1_$2")
    .replaceAll(/[^\p{L}\p{N}]+/gu, "_")
    .replaceAll(/^_|_$/g, "")
    .toLowerCase();
}

/** Names of columns whose instants say when something was said. */
export const AS_OF = [
  "as_of_ts",
  "as_of",
  "published_at",
  "updated_at",
  "update_time",
  "last_update",
  "issue_time",
  "issue_ts",
  "issued_at",
  "issued_ts",
  "published_ts",
  "publish_time",
  "publication_time",
  "released_at",
  "release_time",
  "reported_at",
  "report_time",
  "reference_time",
  "event_time",
  "event_ts",
  "timestamp",
  "time",
  "ts",
];

/** Names of columns whose instants say when it was captured. */
export const INGESTED = [
  "ingested_ts",
  "ingested_at",
  "captured_at",
  "fetched_at",
  "scraped_at",
  "loaded_at",
  "collected_at",
  "retrieved_at",
  "received_at",
  "downloaded_at",
  "created_at",
  "inserted_at",
];

/** Words for the moment at which something was said. */
export const IS_SAID = /^(?:issue|publi|releas|report|updat|revis|announc|as_of)/;
export const IS_TIME = /(?:_ts|_at|_time|^ts|^time|^timestamp|timestamp)$/i;
export const IS_RUN = /^run(?:_id|_ts)?$/i;
export const IS_ID =
  /(?:^id|_id|^key|_key|symbol|ticker|code|name|book|market|outcome|side|station|site|team|hospital|ward|region|country)$/i;
/** What a row is about, where it is not about the moment at which it was said: a forecast's hour, a measurement's. */
export const IS_ABOUT =
  /^(?:valid|target|delivery|forecast_for|observ|measur|obs_|period_start|interval_start)|_for$/;
