import type { InstantLike } from "../../time/index.js";
import type { Frame } from "../frame/frame.js";
import { type AsOfOptions, queryOf } from "../rule/query.js";
import { assertNotPruned } from "../skip/gone-parts.js";
import { neededFiles } from "../skip/needed-files.js";
import type { Snapshot } from "./snapshot.js";
import { Timeline } from "./timeline.js";

/** The answer to one question, and what is needed to count its provenance. */
export interface Answer {
  readonly snapshot: Snapshot;
  /** The index of all files; if the answer did not need it, it is built on first use. */
  timeline(): Timeline;
}

/**
 * Answers one question from a frame that is not kept for others: only the files that can hold the answer are indexed,
 * the rest when the answer's provenance is read.
 *
 * @throws BronzeError `INVALID_INSTANT`, `INVALID_DURATION`, `INVALID_ARGUMENT` after the frame's horizon; `PRUNED`
 */
export function answerSingleQuery(frame: Frame, cutoff: InstantLike, options: AsOfOptions): Answer {
  const query = queryOf(cutoff, options, frame.horizonNs);
  assertNotPruned(frame, query);
  const parts = neededFiles(frame, [query], query.maxAgeNs);
  let whole: Timeline | undefined;
  const timeline = () => {
    whole ??= new Timeline(frame);
    return whole;
  };
  const asking = parts ? new Timeline({ ...frame, parts, gone: undefined }, [], timeline) : timeline();
  return { snapshot: asking.at(cutoff, options), timeline };
}
