import type { Build, TrainingSetOptions } from "bronzestore";
import type { Config } from "../../config/index.js";
import type { AnyDataset, Schedule } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { pathFrom } from "../../storage/index.js";
import { loadModule } from "./load-config.js";
import type { Tree } from "./open.js";

type AnyBuild = Build<readonly AnyDataset[]>;

/**
 * The function that builds slates: `build` or the default export of a module, or that of the config.
 *
 * @throws BronzeError `NOT_FOUND`; `INVALID_ARGUMENT` where there is none
 */
export async function builderOf(cwd: string, config: Config, module: string | undefined): Promise<AnyBuild> {
  if (module === undefined) {
    const { build } = config.gold ?? {};
    if (build) return build as AnyBuild;
    throw new BronzeError(
      "INVALID_ARGUMENT",
      "Nothing says how slates are built: name a module, or add gold: { build } to the config.",
    );
  }
  const build = await exported(cwd, module, "build");
  if (typeof build === "function") return build as AnyBuild;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `${module} exports no builder; write export async function build(at, context) { ... }, or make it the default export.`,
    { module },
  );
}

/**
 * What is to be learned: `labels` or the default export of a module, a list of rows or a function of a slate's manifest.
 *
 * @throws BronzeError `NOT_FOUND`; `INVALID_ARGUMENT` where there is none
 */
export async function labelsOf(cwd: string, module: string): Promise<TrainingSetOptions["labels"]> {
  const labels = await exported(cwd, module, "labels");
  if (typeof labels === "function" || Array.isArray(labels)) return labels as TrainingSetOptions["labels"];
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `${module} exports no labels; write export const labels = [...] or export async function labels(slate) { ... }, or make it the default export.`,
    { module },
  );
}

async function exported(cwd: string, module: string, name: "build" | "labels"): Promise<unknown> {
  const found = (await loadModule(pathFrom(cwd, module))) as Readonly<Record<string, unknown>>;
  return found[name] ?? found.default;
}

/** The events that slates are about. @throws BronzeError `INVALID_ARGUMENT` where the config has none; what its function throws */
export async function scheduleOf({ bronze, config }: Tree): Promise<Schedule> {
  const schedule = config?.schedule;
  if (!schedule)
    throw new BronzeError(
      "INVALID_ARGUMENT",
      "The config has no events to freeze by: add schedule to it (defineSchedule makes one).",
    );
  return typeof schedule === "function" ? schedule(bronze) : schedule;
}
