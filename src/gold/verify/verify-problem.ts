/**
 * One file that is not as the manifest says.
 *
 * @category Gold
 */
export interface VerifyProblem {
  /**
   * - `output-missing`, `output-changed`: the frozen data itself;
   * - `input-missing`, `input-changed`: a bronze file it was built from;
   * - `revision-missing`, `revision-changed`: the manifest of an earlier revision, whose digest the next one names;
   * - `input-extra`: a bronze file in the days that were read which the manifest does not name and which may hold rows
   *   known by the cutoff: a late arrival. The frozen result stands; a replay may differ;
   * - `input-rewritten`: a bronze file with the same rows in other bytes; all is well;
   * - `input-pruned`: a bronze file that retention took, by the day's own record. The answer does not rest on it; all is well.
   */
  readonly kind:
    | "output-missing"
    | "output-changed"
    | "input-missing"
    | "input-changed"
    | "input-extra"
    | "input-rewritten"
    | "input-pruned"
    | "revision-missing"
    | "revision-changed";
  /** Whether what was frozen is whole all the same: a late arrival, and what was rewritten or pruned. */
  readonly ok: boolean;
  readonly path: string;
  readonly expected?: string;
  readonly actual?: string;
}

/** A problem, with what its kind says of what was frozen. */
export function problemWith(found: Omit<VerifyProblem, "ok">): VerifyProblem {
  return { ok: HARMLESS.has(found.kind), ...found };
}

const HARMLESS: ReadonlySet<VerifyProblem["kind"]> = new Set([
  "input-extra",
  "input-rewritten",
  "input-pruned",
]);
