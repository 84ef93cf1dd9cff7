import type { AnyDataset } from "../dataset/index.js";
import { toEpochNs } from "../time/index.js";
import { type Build, beforeTip, type FreezeOptions } from "./freeze.js";
import type { GoldContext } from "./gold-context.js";
import { type LeakCheck, type LeakCheckOptions, leakCheck } from "./leak-check.js";

/** A slate and what its builder is told. */
export type SlateToBuild = Pick<FreezeOptions, "slate" | "snapshot" | "tip" | "knownBy" | "parameters">;

/** Runs a slate's builder under a leak check, with the context a freeze would give it. */
export function leakCheckSlate<Datasets extends readonly AnyDataset[]>(
  gold: GoldContext<Datasets>,
  { slate, snapshot, knownBy, parameters = {}, ...options }: SlateToBuild,
  build: Build<Datasets>,
  check: Pick<LeakCheckOptions<Datasets>, "seed" | "days">,
): Promise<LeakCheck> {
  const tip = toEpochNs(options.tip, "tip");
  const cutoff = tip - beforeTip(gold, snapshot);
  const context = { slate, snapshot, tip, cutoff, parameters: { ...parameters } };
  return leakCheck<Datasets>((at) => build(at, context), {
    ...check,
    bronze: gold.bronze,
    cutoffs: [cutoff],
    knownBy,
  });
}
