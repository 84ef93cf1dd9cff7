import { type Diagnosis, isBronzeError } from "../index.js";
import type { DiagnosisData } from "./page/data.js";

/** What the doctor says of the tree; what it throws is what the page says. */
export async function gatherDiagnosis(diagnose: () => Promise<Diagnosis>): Promise<DiagnosisData> {
  try {
    const { at, ok, findings, checks } = await diagnose();
    return {
      ...{ at, ok, checks, refused: null },
      findings: findings.map(({ code, path, what, todo, done }) => ({
        ...{ code, path, what, todo: done ?? todo, isDone: done !== null },
      })),
    };
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return { at: null, ok: false, findings: [], checks: [], refused: error.message };
  }
}
