import { BronzeError } from "../../errors.js";
import { shown } from "../../shown.js";
import { joinPath } from "../../storage/index.js";
import {
  type Calendar,
  type DurationLike,
  formatInstant,
  type SeasonRule,
  toDurationNs,
} from "../../time/index.js";

/**
 * The keys of a slate by column: `{ season: 2025, game_date: "2026-01-15", game_id: "0022500561" }`.
 *
 * @category Gold
 */
export type SlateKey = Readonly<Record<string, string | number>>;

/** Where the season of a game's slate comes from, for messages. */
export const SEASON_FROM =
  "Give GoldStore the rule, such as season: nbaSeason, or each game of the schedule a column season.";

/** The keys of a slate, and the moments at which it is frozen. */
export interface SlateRules {
  /** Key columns, outermost folder first. */
  readonly key: readonly string[];
  /** The key column that holds the slate's domain date; `list` and `backfill` use it. */
  readonly dateKey: string;
  /** Snapshot types: how long before the tip each cutoff is, in nanoseconds. */
  readonly snapshots: ReadonlyMap<string, bigint>;
}

/**
 * Snapshot types by name; the value is how long before the tip (`PT15M`), `PT0S` for the tip itself.
 *
 * @category Gold
 */
export type SnapshotTypes = Readonly<Record<string, DurationLike>>;

/** One game of a season: the ready-made case. */
export const GAME_SLATE = { key: ["season", "game_date", "game_id"], dateKey: "game_date" } as const;

/** `lock` fifteen minutes before the tip, `pretip` at it. */
export const LOCK_AND_PRETIP: SnapshotTypes = { lock: "PT15M", pretip: "PT0S" };

/** Checks a configuration. @throws BronzeError `INVALID_ARGUMENT` */
export function slateRules(key: readonly string[], dateKey: string, snapshots: SnapshotTypes): SlateRules {
  for (const column of key) assertWord(column, "slate key column");
  if (!key.includes(dateKey))
    throw invalid(`The date key "${dateKey}" is not one of the slate's keys: ${key.join(", ")}.`);
  const types = Object.entries(snapshots);
  if (types.length === 0) throw invalid('No snapshot types; name at least one, such as { lock: "PT15M" }.');
  for (const [name] of types) assertWord(name, "snapshot type");
  return {
    key,
    dateKey,
    snapshots: new Map(types.map(([name, before]) => [name, toDurationNs(before, `snapshot type ${name}`)])),
  };
}

/**
 * A slate's key as it will be read back: its own columns in their order, texts and integers.
 * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_PATH`
 */
export function slateKey(rules: SlateRules, given: SlateKey): SlateKey {
  if (typeof given !== "object" || given === null)
    throw invalid(`A slate is an object with ${rules.key.join(", ")}, not ${shown(given)}.`);
  const extra = Object.keys(given).filter((column) => !rules.key.includes(column));
  if (extra.length > 0)
    throw invalid(`A slate has the keys ${rules.key.join(", ")}, not ${extra.join(", ")}.`);
  const slate = Object.fromEntries(rules.key.map((column) => [column, keyValue(rules, given, column)]));
  folderOf(rules, slate);
  return slate;
}

function keyValue(rules: SlateRules, given: SlateKey, column: string): string | number {
  const value: unknown = given[column];
  if (value === undefined || value === "")
    throw invalid(
      `A slate needs ${rules.key.join(", ")}; "${column}" is missing or empty.${column === "season" ? ` ${SEASON_FROM}` : ""}`,
    );
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  if (typeof value !== "string") {
    const shown =
      typeof value === "bigint" ? `${value}n` : typeof value === "number" ? String(value) : typeof value;
    throw invalid(
      `A slate's ${column} is a text or a whole number below 2^53, not ${shown}; write it as text.`,
    );
  }
  if (!value.includes("/")) return value;
  throw new BronzeError("INVALID_PATH", `The slate's ${column} ${JSON.stringify(value)} holds a "/".`);
}

/** `gold/slates/season=2025/game_date=2026-01-15/game_id=0022500561`. @throws BronzeError `INVALID_ARGUMENT`, `INVALID_PATH` */
export function slateFolder(rules: SlateRules, slate: SlateKey): string {
  return folderOf(rules, slateKey(rules, slate));
}

function folderOf(rules: SlateRules, slate: SlateKey): string {
  return joinPath("gold/slates", ...rules.key.map((column) => `${column}=${slate[column]}`));
}

/** The slate of a folder below `gold/slates`, or `undefined` where the names are not the slate's keys. */
export function slateOfFolder(rules: SlateRules, folder: string): SlateKey | undefined {
  const parts = folder.split("/").slice(2);
  if (parts.length !== rules.key.length) return undefined;
  const slate: Record<string, string | number> = {};
  for (const [i, column] of rules.key.entries()) {
    const value = parts[i]!.startsWith(`${column}=`) ? parts[i]!.slice(column.length + 1) : undefined;
    if (value === undefined) return undefined;
    // Only the season is a number; ids keep their leading zeros.
    slate[column] = column === "season" && /^\d+$/.test(value) ? Number(value) : value;
  }
  return slate;
}

/**
 * Checks a game's slate against its tip-off: the date is the tip's day in the zone, the season that of the date by the
 * rule, if there is one. A game with a second name would be frozen twice.
 *
 * @throws BronzeError `INVALID_ARGUMENT`
 */
export function assertGameSlate(
  slate: SlateKey,
  tip: bigint,
  zone: Calendar,
  season: SeasonRule | undefined,
): void {
  const date = zone.date(tip);
  if (slate.game_date !== date) {
    throw invalid(
      `The tip-off ${formatInstant(tip)} is on ${date} in ${zone.timeZone}, but the slate says game_date ${slate.game_date}.`,
    );
  }
  if (season && String(slate.season) !== String(season(date))) {
    throw invalid(`${date} is in season ${season(date)}, but the slate says season ${slate.season}.`);
  }
}

/** Names of one revision: `manifest.lock.json`, then `manifest.lock.r2.json`, ...; the attestation beside it alike. */
export function revisionFiles(
  folder: string,
  snapshot: string,
  revision: number,
): { manifest: string; attestation: string } {
  const name = revisionName(snapshot, revision);
  return {
    manifest: joinPath(folder, `manifest.${name}.json`),
    attestation: joinPath(folder, `attestation.${name}.json`),
  };
}

/** The data of one revision, named by its content: `lock.0123456789abcdef.parquet`, `lock.r2....parquet`. */
export function dataPath(folder: string, snapshot: string, revision: number, sha256: string): string {
  return joinPath(folder, contentName(revisionName(snapshot, revision), sha256));
}

function revisionName(snapshot: string, revision: number): string {
  return revision === 1 ? snapshot : `${snapshot}.r${revision}`;
}

/** Whether a file's name is that of an attestation. */
export function isAttestationName(name: string): boolean {
  return (
    parseManifestName(name.replace(/^attestation\./, "manifest.")) !== undefined &&
    !name.startsWith("manifest.")
  );
}

/** The snapshot type and revision in a manifest's file name. */
export function parseManifestName(name: string): { snapshot: string; revision: number } | undefined {
  const match = /^manifest\.([A-Za-z][\w-]*)(?:\.r([2-9]|[1-9]\d+))?\.json$/.exec(name);
  return match ? { snapshot: match[1]!, revision: Number(match[2] ?? 1) } : undefined;
}

/**
 * The name of the manifest that a data file beside it would have; `undefined` for a file that is no frozen data. In 0.1
 * names did not say the content: `lock.parquet`.
 */
export function manifestNameOf(data: string): string | undefined {
  const name = `manifest.${data.replace(/(?:\.[0-9a-f]{16})?\.parquet$/, "")}.json`;
  return data.endsWith(".parquet") && parseManifestName(name) ? name : undefined;
}

function assertWord(word: string, what: string): void {
  if (!/^[A-Za-z][\w-]*$/.test(word))
    throw invalid(`${what} "${word}" must be letters, digits, "_" or "-", a letter first.`);
}

function invalid(message: string): BronzeError {
  return new BronzeError("INVALID_ARGUMENT", message);
}

/** The name of a data file that says its content, so that nothing else can ever take its place. */
export function contentName(name: string, sha256: string): string {
  return `${name}.${sha256.slice(0, 16)}.parquet`;
}
