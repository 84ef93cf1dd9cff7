import { expect } from "vitest";
import { askLibrary, type Place } from "./ask-library.js";
import type { Case } from "./case.js";
import { datasetOf } from "./define.js";

/** What came of the questions of some cases. */
export class Compared {
  asked = 0;
  rows = 0;
  /** Questions refused, by the code. */
  readonly refused = new Map<string, number>();

  get answered(): number {
    return this.asked - this.allRefused;
  }

  get allRefused(): number {
    return [...this.refused.values()].reduce((sum, count) => sum + count, 0);
  }
}

/**
 * Asks the questions of a case that lies somewhere, and compares rows, order, counts and files with the case's. A refusal passes where the
 * case allows it, and where it is one of `refusals`.
 *
 * @param into where is counted what came of it
 */
export async function compareCase(
  own: Case,
  place: Place,
  into: Compared,
  refusals: readonly string[] = [],
): Promise<void> {
  const dataset = datasetOf(own.dataset);
  for (const { question, answer, mayRefuse } of own.questions) {
    // A day as it lies there is not asked of engines.
    if (place.engine && question.verb === "day") continue;
    const said = await askLibrary(place, dataset, question, answer.columns);
    into.asked++;
    const code = typeof said === "string" ? said.slice(0, said.indexOf(":")) : undefined;
    if (code !== undefined && (code === mayRefuse || refusals.includes(code))) {
      into.refused.set(code, (into.refused.get(code) ?? 0) + 1);
      continue;
    }
    expect(said, `${own.name}: ${JSON.stringify(question)}`).toEqual(answer);
    into.rows += answer.rows.length;
  }
}
