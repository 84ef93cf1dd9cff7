export {
  asHeld,
  byPath,
  type FoundCompacted,
  type FoundPart,
  fileId,
  readCompacted,
} from "./found-compacted.js";
export { giveBack, giveBackDay, lostOf, type NamedPart } from "./give-back.js";
export { removals } from "./removals.js";
export {
  assertOutputsHeld,
  inDay,
  isCommitted,
  type PrunedOfPlan,
  readState,
  readStateToAddTo,
  sealState,
  stateAfter,
  stateBeforeParts,
  takeBack,
  writeState,
} from "./retention-state.js";
export {
  assertUndoable,
  moveTaken,
  putPart,
  removeRecord,
  undoDay,
  unfinishedPlans,
  writeRecord,
} from "./trash.js";
export {
  assertCanReturn,
  assertInPlace,
  cannotTakeBack,
  copiedFiles,
  isWhole,
  moveToTrash,
  putBack,
  putBackMissing,
  putWhole,
  removeCopies,
  takenBack,
} from "./trash-files.js";
