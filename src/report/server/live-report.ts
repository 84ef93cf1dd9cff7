import type { Asked, Extent } from "../asked.js";
import { gather } from "../gather.js";
import { gatherDiagnosis } from "../gather-diagnosis.js";
import type { DiagnosisData, ReportData } from "../page/data.js";

/**
 * What a live page asks, answered as the tree is now: each answer is given once for each state of the tree, and one is worked out at
 * a time.
 */
export class LiveReport {
  readonly #asked: Asked;
  readonly #listeners = new Set<() => void>();
  readonly #answers = new Map<string, Promise<ReportData>>();
  #number = 1;
  /** The state that `#tookMs` is of. */
  #timed = 0;
  #tookMs = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #diagnosis: Promise<DiagnosisData> | undefined;

  constructor(asked: Asked) {
    this.#asked = asked;
  }

  /** Which state of the tree it is. */
  get number(): number {
    return this.#number;
  }

  /** How long the answers about the state before took, or those about this one so far: milliseconds. */
  get tookMs(): number {
    return this.#tookMs;
  }

  /** Whether anyone is told of changes. */
  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  /** The tree is another now. */
  changed(): void {
    this.#number++;
    this.#answers.clear();
    for (const tell of this.#listeners) tell();
  }

  /** @returns what ends it */
  onChange(tell: () => void): () => void {
    this.#listeners.add(tell);
    return () => this.#listeners.delete(tell);
  }

  /** @throws BronzeError of the storage */
  answer(extent: Extent): Promise<ReportData> {
    const name = JSON.stringify(extent);
    const known = this.#answers.get(name);
    if (known) return known;
    const number = this.#number;
    const answer = this.#turn.then(() => this.#gather(extent, number));
    this.#turn = answer.catch(() => {});
    this.#answers.set(name, answer);
    answer.catch(() => {
      if (this.#answers.get(name) === answer) this.#answers.delete(name);
    });
    return answer;
  }

  /** What is wrong with the tree: looked for when it is asked, by one at a time. `undefined` where nobody is to look. */
  diagnose(): Promise<DiagnosisData> | undefined {
    const { diagnose } = this.#asked;
    if (diagnose)
      this.#diagnosis ??= gatherDiagnosis(diagnose).finally(() => {
        this.#diagnosis = undefined;
      });
    return this.#diagnosis;
  }

  async #gather(extent: Extent, number: number): Promise<ReportData> {
    const startMs = performance.now();
    try {
      return await gather(this.#asked, extent, number);
    } finally {
      const tookMs = performance.now() - startMs;
      this.#tookMs = number === this.#timed ? this.#tookMs + tookMs : tookMs;
      this.#timed = number;
    }
  }
}
