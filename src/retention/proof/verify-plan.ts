import {
  BronzeStore,
  type CertificateTerms,
  dayFileOf,
  encodeRetention,
  type PlannedDay,
  RETENTION_FILE,
  type RetentionRule,
  type TrashRecord,
  trashRecords,
  unitsOf,
} from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import {
  isStill,
  joinPath,
  KeptReads,
  type Reading,
  readIfThere,
  type Storage,
  type StorageEntry,
} from "../../storage/index.js";
import { readState, stateAfter } from "../../trash/index.js";
import type { DayPlan } from "../day/day-draft.js";
import type { Kept } from "../kept/manifests.js";
import { answer, checkDay, firstDifference, type Question, questionsOf, questionText } from "./checks.js";

/** A plan that is to be verified. */
interface PlanToVerify {
  readonly storage: Storage;
  datasetOf(name: string): AnyDataset;
  readonly rule: RetentionRule;
  readonly days: readonly DayPlan[];
  readonly manifests: Kept["manifests"];
  readonly terms: CertificateTerms;
}

/** An answer that would change. */
interface AnswerChange {
  /** The question and the first row that differs. */
  readonly text: string;
  /** The planned days the question reads. */
  readonly days: readonly PlannedDay[];
}

/** How much was checked, and what would change. */
interface Certificate {
  readonly manifests: number;
  readonly questions: number;
  readonly changes: readonly AnswerChange[];
}

/**
 * Answers, on the tree as it is and on the tree as it would be, every question of every manifest that reads a planned
 * day, and checks what the rule guarantees for the day itself. Nothing is changed: the tree as it would be is in
 * memory, over the real one. A question that reads no planned day reads nothing that the plan changes.
 */
export async function verifyPlan(options: PlanToVerify): Promise<Certificate> {
  const { storage, datasetOf, rule, days, terms } = options;
  const records = await trashRecords(storage);
  const asks = [...options.manifests].flatMap(([path, manifest]) => questionsOf(manifest, path));
  const datesOf = unitDates(datasetOf);
  const readsOf = byDay(asks, datesOf);
  const planned = new Map<string, DayPlan[]>();
  for (const plan of days) {
    const name = dayName(plan.day.dataset, plan.day.date);
    planned.set(name, [...(planned.get(name) ?? []), plan]);
  }
  const neighbourhoods = neighbourhoodsOf(days, readsOf, datesOf);
  const lastUse = new Map(
    neighbourhoods.flatMap(({ names }, i) => [...names].map((name) => [name, i] as const)),
  );
  const reads = new KeptReads(storage);
  const states = new Map<DayPlan, Uint8Array<ArrayBuffer>>();
  const changes: AnswerChange[] = [];
  let questions = 0;
  for (const [i, { day }] of days.entries()) {
    const dataset = datasetOf(day.dataset);
    const { own, names } = neighbourhoods[i]!;
    const touched = [...names].flatMap((name) => planned.get(name) ?? []);
    const before = overlay(reads);
    const after = overlay(before);
    for (const plan of touched) {
      const state = states.get(plan) ?? (await stateOf(before, plan, records));
      states.set(plan, state);
      await makeSo(after, plan, state);
    }

    const checked = await checkDay(rule, dataset, day, before, after, terms);
    questions += checked.questions;
    if (checked.difference !== undefined) changes.push({ text: checked.difference, days: [day] });
    const [was, is] = [before, after].map((tree) => new BronzeStore({ storage: tree, datasets: [dataset] }));
    // Games that begin together are frozen at one cutoff.
    const known = new Map<string, string | undefined>();
    for (const question of own) {
      questions++;
      const id = questionText({ ...question, askedBy: "" });
      if (!known.has(id))
        known.set(id, firstDifference(await answer(was!, question), await answer(is!, question)));
      const difference = known.get(id);
      if (difference === undefined) continue;
      const read = touched
        .filter((plan) => datesOf(question).includes(plan.day.date))
        .map((plan) => plan.day);
      changes.push({ text: `${questionText(question)}: ${difference}`, days: read });
    }
    // What no later day reads is let go of, so that only a neighbourhood is in memory.
    const isRead = (date: string) =>
      datesOf({ dataset: day.dataset, dates: [date] }).some(
        (first) => lastUse.get(dayName(day.dataset, first))! > i,
      );
    const files = reads.paths().flatMap((path) => dayFileOf(dataset, path) ?? []);
    const needed = files.filter(({ days }) => days && isRead(days.from));
    const kept = new Set(needed.flatMap((file) => [file.path, statePath(file)]));
    reads.keepOnly((path) => kept.has(path));
  }
  const asked = neighbourhoods.flatMap(({ own }) => own);
  return { manifests: new Set(asked.map(({ askedBy }) => askedBy)).size, questions, changes };
}

/** What is asked with a planned day, and the days that this reads. */
interface Neighbourhood {
  readonly own: readonly Question[];
  /** As `dayName` has them. */
  readonly names: ReadonlySet<string>;
}

/** Each question is asked once, with the first planned day that it reads. */
function neighbourhoodsOf(
  days: readonly DayPlan[],
  readsOf: ReadonlyMap<string, readonly Question[]>,
  datesOf: (question: Question) => string[],
): Neighbourhood[] {
  const asked = new Set<Question>();
  return days.map(({ day: { dataset, date } }) => {
    const own = (readsOf.get(dayName(dataset, date)) ?? []).filter((question) => !asked.has(question));
    for (const question of own) asked.add(question);
    return { own, names: new Set([date, ...own.flatMap(datesOf)].map((name) => dayName(dataset, name))) };
  });
}

/** The state of a day after its plan is done. */
async function stateOf(
  tree: Storage,
  { day, pruned }: DayPlan,
  records: readonly TrashRecord[],
): Promise<Uint8Array<ArrayBuffer>> {
  const before = await readState(tree, day.folder, records);
  return encodeRetention(stateAfter(before, "certificate", day, pruned), statePath(day));
}

/** Changes a tree to what it is after a day's plan is done. */
async function makeSo(
  tree: Storage,
  { day, outputBytes }: DayPlan,
  state: Uint8Array<ArrayBuffer>,
): Promise<void> {
  for (const [path, bytes] of outputBytes) await tree.replace(path, bytes);
  for (const { path } of day.remove) await tree.remove(path);
  await tree.replace(statePath(day), state);
}

function statePath({ folder }: Pick<PlannedDay, "folder">): string {
  return joinPath(folder, RETENTION_FILE);
}

/** The first days of the units that a question reads. */
function unitDates(
  datasetOf: PlanToVerify["datasetOf"],
): (question: Pick<Question, "dataset" | "dates">) => string[] {
  return ({ dataset, dates }) => {
    const own = datasetOf(dataset);
    return unitsOf(own, dates).map(({ days }) => days?.from ?? "");
  };
}

function byDay(
  questions: readonly Question[],
  datesOf: (question: Question) => string[],
): Map<string, Question[]> {
  const days = new Map<string, Question[]>();
  for (const question of questions) {
    for (const date of datesOf(question)) {
      const name = dayName(question.dataset, date);
      const own = days.get(name);
      if (own) own.push(question);
      else days.set(name, [question]);
    }
  }
  return days;
}

function dayName(dataset: string, date: string): string {
  return `${dataset} ${date}`;
}

/**
 * A storage as it would be: writes and removals stay in memory, everything else is read from below. Answers on it use the
 * same code that will read the real tree.
 */
function overlay(below: Reading & Pick<Storage, "description">): Storage {
  const changed = new Map<string, Uint8Array<ArrayBuffer> | undefined>();

  return {
    description: `${below.description}, as it would be`,
    async list(folder) {
      const entries = new Map((await below.list(folder)).map((entry) => [entry.name, entry]));
      const prefix = folder === "" ? "" : `${folder}/`;
      for (const [path, bytes] of changed) {
        if (!path.startsWith(prefix)) continue;
        const [name, ...rest] = path.slice(prefix.length).split("/") as [string, ...string[]];
        const kind: StorageEntry["kind"] = rest.length > 0 ? "folder" : "file";
        if (bytes) entries.set(name, { name, kind });
        else if (kind === "file") entries.delete(name); // empty folders stay, as on a disk
      }
      return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async read(path) {
      const bytes = changed.get(path);
      if (bytes) return bytes;
      if (changed.has(path)) throw new BronzeError("NOT_FOUND", `"${path}" would be gone.`, { path });
      return below.read(path);
    },
    async stat(path) {
      const bytes = changed.get(path);
      if (bytes) return { sizeBytes: bytes.byteLength, modifiedMs: 0 };
      return changed.has(path) ? undefined : below.stat(path);
    },
    async publish(path, bytes) {
      if (changed.get(path) || (!changed.has(path) && (await below.stat(path)))) return false;
      changed.set(path, Uint8Array.from(bytes));
      return true;
    },
    async replace(path, bytes) {
      changed.set(path, Uint8Array.from(bytes));
    },
    async swap(path, before, bytes) {
      if (!isStill(await readIfThere(this, path), before)) return false;
      changed.set(path, Uint8Array.from(bytes));
      return true;
    },
    async remove(path) {
      const was = changed.has(path) ? changed.get(path) : await below.stat(path);
      changed.set(path, undefined);
      return was !== undefined;
    },
    locks: {
      async lock() {
        return { left: undefined, describe() {}, release: async () => {} };
      },
    },
  };
}
