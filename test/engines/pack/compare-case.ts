import { expect } from "vitest";
import { askLibrary, type Place } from "./ask-library.js";
import type { Case, Question } from "./case.js";
import { datasetOf } from "./define.js";

/** What came of the questions of some cases. */
export class Compared {
  asked = 0;
  rows = 0;
  /** Questions that were answered, by their verb. */
  readonly answers = new Map<Question["verb"], number>();
  /** Questions refused, by the code. */
  readonly refused = new Map<string, number>();

  get answered(): number {
    return this.asked - this.allRefused;
  }

  get allRefused(): number {
    return sum(this.refused);
  }

  /** As a line. */
  get text(): string {
    const each = (counts: ReadonlyMap<string, number>) =>
      [...counts].map(([name, count]) => `${name} ${count}`).join(", ") || "none";
    return `${this.asked} asked, ${this.answered} equal (${each(this.answers)}; ${this.rows} rows), refused: ${each(this.refused)}`;
  }
}

/** What every engine refuses in the pack: instants that it would have to read as something else. */
export const OLD_INSTANTS =
  /^ENGINE_UNSUPPORTED: .* (INT96 timestamps|STRING read as TIMESTAMP\(.*\)) is not asked of it/;

/**
 * Asks the questions of a case that lies somewhere, and compares rows, order, counts and files with the case's. A refusal passes where the
 * case allows it, and where one of `refusals` says how its code and text begin.
 *
 * @param into where is counted what came of it
 */
export async function compareCase(
  own: Case,
  place: Place,
  into: Compared,
  refusals: readonly RegExp[] = [],
): Promise<void> {
  const dataset = datasetOf(own.dataset);
  for (const { question, answer, mayRefuse } of own.questions) {
    // The day as it lies is no question to an engine.
    if (place.engine && question.verb === "day") continue;
    const said = await askLibrary(place, dataset, question, answer.columns);
    into.asked++;
    const code = typeof said === "string" ? said.slice(0, said.indexOf(":")) : undefined;
    if (code !== undefined && (code === mayRefuse || refusals.some((one) => one.test(said as string)))) {
      addOne(into.refused, code);
      continue;
    }
    expect(said, `${own.name}: ${JSON.stringify(question)}`).toEqual(answer);
    addOne(into.answers, question.verb);
    into.rows += answer.rows.length;
  }
}

function addOne<Name>(counts: Map<Name, number>, name: Name): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function sum(counts: ReadonlyMap<unknown, number>): number {
  return [...counts.values()].reduce((all, count) => all + count, 0);
}
