import {
  BronzeStore,
  type CertificateTerms,
  type PlannedDay,
  type RetentionRule,
  type TrashRecord,
  trashRecords,
} from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import type { Storage } from "../../storage/index.js";
import type { Manifest } from "../manifest.js";
import { overlay } from "./overlay.js";
import type { DayPlan } from "./plan-day.js";
import { askPromises } from "./promises.js";
import { answer, firstDifference, type Question, questionsOf, questionText } from "./questions.js";
import { readState, stateAfter, writeState } from "./retention-state.js";

/** What a certificate is about. */
export interface CertificateOptions {
  readonly storage: Storage;
  datasetOf(name: string): AnyDataset;
  readonly rule: RetentionRule;
  readonly days: readonly DayPlan[];
  /** By path. */
  readonly manifests: ReadonlyMap<string, Manifest>;
  readonly terms: CertificateTerms;
}

/** An answer that would change. */
export interface AnswerChange {
  /** The question and the first row that differs. */
  readonly text: string;
  /** The planned days the question reads. */
  readonly days: readonly PlannedDay[];
}

/** How much was asked, and what would change. */
export interface Certificate {
  readonly manifests: number;
  readonly questions: number;
  readonly changes: readonly AnswerChange[];
}

/**
 * Asks, of the tree as it is and of the tree as it would be, every question of every manifest that reads a planned day,
 * and what the rule promises of the day itself. Nothing is touched: the tree as it would be lies in memory, over the
 * real one. A question that reads no planned day reads nothing the plan changes.
 */
export async function certify(options: CertificateOptions): Promise<Certificate> {
  const { storage, datasetOf, rule, days, terms } = options;
  const records = await trashRecords(storage);
  const asks = [...options.manifests].flatMap(([path, manifest]) => questionsOf(manifest, path));
  const readsOf = byDay(asks);
  const planned = new Map(days.map((plan) => [dayName(plan.day.dataset, plan.day.date), plan]));
  const asked = new Set<Question>();
  const changes: AnswerChange[] = [];
  let questions = 0;
  for (const { day } of days) {
    const dataset = datasetOf(day.dataset);
    const own = (readsOf.get(dayName(day.dataset, day.date)) ?? []).filter(
      (question) => !asked.has(question),
    );
    for (const question of own) asked.add(question);
    const dates = new Set([day.date, ...own.flatMap((question) => question.dates)]);
    const touched = [...dates].flatMap((date) => planned.get(dayName(day.dataset, date)) ?? []);
    // Each day of a plan has its own two trees, so that no more than its neighbourhood is held in memory.
    const before = overlay(storage);
    const after = overlay(before);
    for (const plan of touched) await makeSo(after, plan, records);

    const promised = await askPromises(rule, dataset, day, before, after, terms);
    questions += promised.questions;
    if (promised.difference !== undefined) changes.push({ text: promised.difference, days: [day] });
    const [was, is] = [before, after].map((tree) => new BronzeStore({ storage: tree, datasets: [dataset] }));
    for (const question of own) {
      questions++;
      const difference = firstDifference(await answer(was!, question), await answer(is!, question));
      if (difference === undefined) continue;
      const read = touched.filter((plan) => question.dates.includes(plan.day.date)).map((plan) => plan.day);
      changes.push({ text: `${questionText(question)}: ${difference}`, days: read });
    }
  }
  return { manifests: new Set([...asked].map(({ askedBy }) => askedBy)).size, questions, changes };
}

/** Makes a tree what it is after a day's plan is done. */
async function makeSo(
  tree: Storage,
  { day, outputBytes }: DayPlan,
  records: readonly TrashRecord[],
): Promise<void> {
  for (const [path, bytes] of outputBytes) await tree.replace(path, bytes);
  const before = await readState(tree, day.folder, records);
  for (const { path } of day.remove) await tree.remove(path);
  await writeState(tree, day.folder, stateAfter(before, "certificate", day));
}

function byDay(questions: readonly Question[]): Map<string, Question[]> {
  const days = new Map<string, Question[]>();
  for (const question of questions) {
    for (const date of question.dates) {
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
