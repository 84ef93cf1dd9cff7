import type { AnyDataset } from "../../dataset/index.js";
import { type AsOfJoin, type JoinLabel, type Label, startJoin } from "../../travel/index.js";
import { datesOf } from "./days.js";
import { labelsByDays } from "./join-days.js";
import type { JoinOptions } from "./join-options.js";
import { frameOf, type Loaded } from "./load-frame.js";

type Options = JoinOptions<Label>;

/** Reads days for questions up to a horizon. */
type Load = (dates: readonly string[], horizonNs: bigint) => Promise<Loaded>;

/**
 * Joins labels with a dataset, each at its own cutoff. Labels that read the same days are answered from one index
 * of the files that can hold an answer, and only one such index is in memory at a time.
 *
 * @throws BronzeError `JOIN_DAYS`, `UNKNOWN_LOOKUP`, `INVALID_ARGUMENT`, `INVALID_INSTANT`, `UNKNOWN_COLUMN`, and as the load
 */
export async function joinLabels(
  load: Load,
  dataset: AnyDataset,
  labels: readonly Label[],
  options: Options,
): Promise<AsOfJoin<Record<string, unknown>>> {
  const join = startJoin(dataset, labels, options);
  const groups = labelsByDays(dataset, labels, join.questions, options);
  // Without labels no file is read, but the columns are the dataset's all the same.
  if (groups.length === 0) join.addOnce(frameOf(dataset, []), [], []);
  for (const { span, members } of groups) {
    const dates = datesOf(span);
    const loaded = await load(dates, latestCutoff(join.questions, members));
    join.addOnce(loaded.frame, dates, members);
  }
  return join.result();
}

function latestCutoff(questions: readonly JoinLabel[], members: readonly number[]): bigint {
  let latest = questions[members[0]!]!.cutoffNs;
  for (const i of members) if (questions[i]!.cutoffNs > latest) latest = questions[i]!.cutoffNs;
  return latest;
}
