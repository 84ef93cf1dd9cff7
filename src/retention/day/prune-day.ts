import type { RetentionPlan } from "../../bronze/index.js";
import { keyText } from "../../table/index.js";
import type { Keeper, Kept } from "../kept/manifests.js";
import type { Draft } from "./day-draft.js";
import { type DayPart, partsOfDay } from "./day-parts.js";
import { keptParts } from "./kept-parts.js";
import { packParts } from "./pack-parts.js";
import { columnsOf, isOfRun, timedRun } from "./run-of-place.js";
import type { SurveyedFile } from "./survey-day.js";

interface PruneRules extends Pick<RetentionPlan, "hours" | "keep" | "daysWithoutSlate"> {
  readonly rule: "prune" | "last-run-of-hour";
}

/** Plans what a day loses for good: parts that the rule takes, and that no manifest's answer needs. */
export function pruneDay(draft: Draft, rules: PruneRules, kept: Kept): void {
  const { surveyed } = draft;
  const parts = partsOfDay(surveyed);
  const wanted = parts.filter(({ place }) => isOfRun(place) || rules.hours);
  const runs = wanted.filter(({ place }) => isOfRun(place));
  const stays = rules.keep ? keptParts(runs, rules.keep) : undefined;
  const taken = new Map<SurveyedFile, Taken[]>();
  for (const { part, why } of candidatesBy(rules.rule, wanted, kept)) {
    const reason = stays?.get(part) ?? reasonToKeep(part, kept);
    if (reason !== undefined) draft.refuse({ path: part.place.path, sizeBytes: part.sizeBytes }, reason);
    else taken.set(part.source, [...(taken.get(part.source) ?? []), { part, why }]);
  }
  if (taken.size > 0 && !rules.daysWithoutSlate && !kept.isFrozenFrom(surveyed.folder)) {
    const free = [...taken.values()].flat();
    const sizeBytes = free.reduce((sum, { part }) => sum + part.sizeBytes, 0);
    draft.refuse({ path: null, sizeBytes }, WITHOUT_SLATE);
    return;
  }
  for (const source of surveyed.files) {
    const own = taken.get(source);
    if (!own) continue;
    const rest = parts.filter((part) => part.source === source && own.every((one) => one.part !== part));
    takeFrom(draft, source, own, rest);
  }
}

/** Who froze nothing from a day may still mean to. */
const WITHOUT_SLATE = "no slate was frozen from it; daysWithoutSlate: true takes such days too";

interface Taken {
  readonly part: DayPart;
  readonly why: string;
}

/** Takes parts out of a file: what is left of it is a file by itself. */
function takeFrom(
  draft: Draft,
  source: SurveyedFile,
  taken: readonly Taken[],
  rest: readonly DayPart[],
): void {
  const whys = [...new Set(taken.map(({ why }) => why))].join("; ");
  const stored = taken.flatMap(({ part }) => part.stored() ?? []);
  const left = rest.flatMap((part) => part.stored() ?? []);
  if (rest.length === 0) {
    draft.prune(source, whys, stored.length === taken.length ? stored : undefined);
    return;
  }
  const packed = packParts(left);
  if ("bytes" in packed) {
    draft.prune(
      source,
      `${taken.length} of its ${taken.length + rest.length} parts are pruned: ${whys}`,
      stored,
    );
    draft.pack(left, packed.bytes);
  } else for (const { part, why } of packed.unwritable) draft.refuse(part.source, why);
}

function reasonToKeep({ source, place, sha256, stored }: DayPart, kept: Kept): string | undefined {
  const { path } = place;
  const reasonOf = (keeper: Keeper | undefined) => keeper && `${keeper.reason} ${keeper.manifest}`;
  const named = reasonOf(kept.decidedBy({ path, sha256 }));
  if (named !== undefined) return named;
  const holder = kept.heldBy(source.path);
  if (holder !== undefined) return `in a file named by ${holder}`;
  if (!source.parquet) return "it cannot be read, so nobody knows what it holds";
  // The same rows may lie there in other bytes.
  const content = stored()?.facts.content;
  return content === undefined ? undefined : reasonOf(kept.decidedBy({ path, sha256, content }));
}

function candidatesBy(rule: PruneRules["rule"], parts: readonly DayPart[], kept: Kept): Taken[] {
  switch (rule) {
    case "last-run-of-hour":
      return earlierRuns(parts);
    case "prune":
      return parts.map((part) => {
        const isNamed = kept.namedBy(part.place.path) !== undefined;
        const why = isNamed ? "no answer of a manifest that names it needs it" : "no manifest names it";
        return { part, why: `older than the window, and ${why}` };
      });
    default:
      return rule satisfies never;
  }
}

/** The runs that are not the last of their UTC hour; a file made from several runs, of which it knows nothing, belongs to no hour. */
function earlierRuns(parts: readonly DayPart[]): Taken[] {
  const last = new Map<string, string>();
  const runs = parts.filter(({ isMixed }) => !isMixed);
  for (const { place } of runs) {
    const run = timedRun(place);
    if (run !== undefined) last.set(hourOf(place, run), run);
  }
  return runs.flatMap((part) => {
    const run = timedRun(part.place);
    if (run === undefined) return [];
    const stays = last.get(hourOf(part.place, run))!;
    return stays === run ? [] : [{ part, why: `run ${stays} is the last of its hour` }];
  });
}

/** `20260115T17`, and what else the path says. */
function hourOf(place: DayPart["place"], run: string): string {
  return keyText([run.slice(0, 11), ...columnsOf(place)]);
}

/** The parts of the last run of each hour. */
export function lastRuns(parts: readonly DayPart[]): DayPart[] {
  const earlier = new Set(earlierRuns(parts).map(({ part }) => part));
  return parts.filter((part) => isOfRun(part.place) && !part.isMixed && !earlier.has(part));
}
