import type { AnyDataset } from "../dataset/index.js";
import { canonicalJson, toJsonObject } from "../json/index.js";
import { assertIs, assertOptions, callback, type OptionTable } from "../options.js";
import { exactly, toEpochNs } from "../time/index.js";
import type { Build } from "./build/build-slate.js";
import { startRecording } from "./build/recorder.js";
import { beforeTip, FREEZE_OPTIONS, type FreezeOptions } from "./freeze/freeze.js";
import { LEAK_OPTIONS, type LeakCheck, type LeakCheckOptions, leakCheck } from "./leak/leak-check.js";
import type { GoldContext } from "./manifest/gold-context.js";
import { slateKey } from "./manifest/slate.js";

/**
 * A slate and what its builder is told.
 *
 * @category Leak check
 */
export type SlateToBuild = Pick<FreezeOptions, "slate" | "snapshot" | "tip" | "knownBy" | "parameters">;

const { slate, snapshot, tip, knownBy, parameters } = FREEZE_OPTIONS;
const SLATE_TO_BUILD: OptionTable<SlateToBuild> = { slate, snapshot, tip, knownBy, parameters };

/** How to check a slate's builder. */
type CheckOptions = Pick<LeakCheckOptions<readonly AnyDataset[]>, "seed" | "days">;
const { seed, days } = LEAK_OPTIONS;
const CHECK_OPTIONS: OptionTable<CheckOptions> = { seed, days };

/** Runs a slate's builder under a leak check, with the context that a freeze would give it. */
export async function leakCheckSlate<Datasets extends readonly AnyDataset[]>(
  gold: GoldContext<Datasets>,
  options: SlateToBuild,
  build: Build<Datasets>,
  check: Pick<LeakCheckOptions<Datasets>, "seed" | "days">,
): Promise<LeakCheck> {
  assertOptions(options, SLATE_TO_BUILD, "leakCheck");
  assertOptions(check, CHECK_OPTIONS, "leakCheck");
  assertIs(build, callback, "The builder");
  const { snapshot, knownBy } = options;
  const slate = slateKey(gold.rules, options.slate);
  const tip = toEpochNs(options.tip, "tip");
  const cutoff = tip - beforeTip(gold, snapshot);
  gold.assertSlate(slate, tip);
  const parameters = canonicalJson(toJsonObject(options.parameters, "parameters"));
  const context = () => ({
    slate: { ...slate },
    snapshot,
    tip,
    cutoff,
    parameters: JSON.parse(parameters),
    ...startRecording().recorder,
  });
  return leakCheck<Datasets>((at) => build(at, context()), {
    ...check,
    bronze: gold.bronze,
    cutoffs: [exactly(cutoff)],
    knownBy,
  });
}
