import { type BronzeStore, someDatasets } from "../bronze/index.js";
import type { AnyDataset, Schedule } from "../dataset/index.js";
import { aSchedule } from "../dataset/index.js";
import { BronzeError } from "../errors.js";
import { type Build, type FreezeOptions, GOLD_SETUP, type GoldStoreOptions } from "../gold/index.js";
import {
  anObject,
  assertOptions,
  callback,
  either,
  given,
  group,
  type OptionTable,
  required,
  text,
} from "../options.js";
import { withText } from "../printed.js";
import type { Engine } from "../sql/index.js";
import { aStorage, type Storage } from "../storage/index.js";
import { type KnownBy, knownByNs } from "../travel/index.js";

/**
 * What the gold store of a config is made with: the options of `GoldStore`, without those that the config has itself, and
 * what freezing from the command line needs.
 *
 * @category Command line
 */
export type ConfigGold<Datasets extends readonly AnyDataset[]> = Omit<
  GoldStoreOptions<Datasets>,
  "bronze" | "root" | "storage" | "clock"
> & {
  /** Builds a slate's rows; needed to freeze, and the default of what replays and leak checks run. */
  readonly build?: Build<Datasets>;
  /** Handed to the builder and kept in the manifests. */
  readonly parameters?: FreezeOptions["parameters"];
  /** Datasets without which a slate is not frozen. */
  readonly requireInputs?: FreezeOptions<Datasets[number]["name"]>["requireInputs"];
  /** Bounds what the builder sees to rows captured by then. Default: no bound. */
  readonly knownBy?: KnownBy;
};

/**
 * What `bronzestore.config.ts` says: a store, its datasets, and what is built from them.
 *
 * @category Command line
 */
export type Config<Datasets extends readonly AnyDataset[] = readonly AnyDataset[]> = (
  | {
      /** Folder that holds `bronze/`, relative to the config's own folder. */
      readonly root: string;
      readonly storage?: undefined;
    }
  | {
      readonly root?: undefined;
      /** Where the bytes live, if not on local disk: `s3Storage({ ... })`. Gold and runs live there too. */
      readonly storage: Storage;
    }
) & {
  readonly datasets: Datasets;
  /** The present, in epoch nanoseconds. Default: the system clock. */
  readonly clock?: () => bigint;
  /** What is frozen. Default: nothing, and commands about slates say so. */
  readonly gold?: ConfigGold<Datasets>;
  /** The events that slates are about, or how to read them from the store. Needed by commands that freeze by a schedule. */
  readonly schedule?: Schedule | ((bronze: BronzeStore<Datasets>) => Schedule | Promise<Schedule>);
  /** Engines that `--engine NAME` asks in place of this process. A function makes one when it is asked. Default: none. */
  readonly engines?: Readonly<Record<string, Engine | (() => Engine | Promise<Engine>)>>;
};

const GOLD: OptionTable<Omit<ConfigGold<readonly AnyDataset[]>, never>> = {
  ...GOLD_SETUP,
  build: callback,
  parameters: given,
  requireInputs: given,
  knownBy: given,
};

const CONFIG: OptionTable<Config> = {
  root: text,
  storage: aStorage,
  datasets: required(someDatasets),
  clock: callback,
  gold: group(GOLD),
  schedule: either(aSchedule, callback),
  engines: anObject,
};

/**
 * Says what the command line works on: the default export of `bronzestore.config.ts`. Whatever a store takes goes through
 * as it is, so the tree may as well lie on S3.
 *
 * @throws BronzeError `INVALID_ARGUMENT` for an option there is not, or a value that one does not take; `INVALID_INSTANT` for
 * `gold.knownBy`
 * @example
 * ```ts
 * export default defineConfig({
 *   root: "data",
 *   datasets: [injuries, odds],
 *   gold: { timeZone: "America/New_York", season: nbaSeason, build },
 * });
 * ```
 * @category Command line
 */
export function defineConfig<const Datasets extends readonly AnyDataset[]>(
  config: Config<Datasets>,
): Config<Datasets> {
  assertOptions(config ?? null, CONFIG, "defineConfig");
  if ((config.root === undefined) === (config.storage === undefined))
    throw new BronzeError(
      "INVALID_ARGUMENT",
      "defineConfig needs a root (a folder) or a storage, one of the two.",
    );
  knownByNs(config.gold?.knownBy, 0n);
  return withText({ ...config }, configText);
}

function configText({ root, storage, datasets, gold }: Config): string {
  const names = datasets.map(({ name }) => name).join(", ") || "no dataset";
  return `Config of ${root ?? storage?.description}: ${names}${gold ? ", with gold" : ""}`;
}
