import { RETENTION_FILE, type RetentionState } from "../bronze/index.js";
import type { AnyDataset } from "../dataset/index.js";
import { type BronzeError, isBronzeError } from "../errors.js";
import { asideOf, remadeState, remakeState } from "../retention/index.js";
import { counted } from "../shown.js";
import type { Storage } from "../storage/index.js";
import { type Finding, manual } from "./finding.js";

/** What the doctor may do about states that are lost. */
export interface StateRepairs {
  readonly fix: boolean;
  /** Names of datasets of which the caller says that nothing was ever pruned. */
  readonly neverPruned: ReadonlySet<string>;
}

const RESTORE_STATE = "Restore it from a copy; until then questions about its day are refused.";

/**
 * What is wrong with the state of a day that cannot be listed, and whether it can be made again from what is there.
 *
 * @param error `RETENTION_INVALID` of the day
 */
export async function examineState(
  storage: Storage,
  dataset: AnyDataset,
  error: BronzeError,
  { fix, neverPruned }: StateRepairs,
): Promise<Finding> {
  const path = stateOf(error);
  if (path === undefined)
    return manual("retention-state", String(error.details.file), error.message, RESTORE_STATE);
  const folder = path.slice(0, -RETENTION_FILE.length - 1);
  const options = { isNeverPruned: neverPruned.has(dataset.name) };
  try {
    const { state, before } = fix
      ? await remakeState(storage, dataset, folder, options)
      : await remadeState(storage, dataset, folder, options);
    const kept = before ? `; what was there is kept as ${asideOf(folder, before)}` : "";
    return {
      code: "lost-state",
      path,
      what: `${error.message} ${contentOf(state)}`,
      todo: "Restore it from a copy, which alone knows all that was pruned; else have it made again.",
      fix: "safe",
      done: fix ? `made again${kept}` : null,
    };
  } catch (refusal) {
    if (!isBronzeError(refusal)) throw refusal;
    const why = refusal.message === error.message ? "" : ` ${refusal.message}`;
    return manual("retention-state", String(error.details.file), `${error.message}${why}`, RESTORE_STATE);
  }
}

/** The state that an error is about; `undefined` for one about anything else. */
function stateOf({ details: { state, file } }: BronzeError): string | undefined {
  return [state, file].find(
    (path): path is string => typeof path === "string" && path.endsWith(`/${RETENTION_FILE}`),
  );
}

function contentOf({ compacted, gone, unrecorded }: RetentionState): string {
  const says = `Made again, it names ${counted(compacted.length, "compacted file")} and ${counted(gone.length, "file")} that went.`;
  return unrecorded
    ? `${says} Nobody can tell any more whether it recorded more that was pruned, so questions that list or may need the whole history are PRUNED ` +
        "unless they accept that; neverPruned says that nothing was."
    : says;
}
