import type { AnyDataset, InstantsOf, KeyOf, RowOf } from "../../dataset/index.js";
import { assertOptions, given } from "../../options.js";
import { withText } from "../../printed.js";
import type { ExecutingEngine } from "../../sql/index.js";
import type { InstantsOfJoin } from "../../table/index.js";
import { type InstantLike, toEpochNs } from "../../time/index.js";
import {
  type Label as AnyLabel,
  type AsOfJoin,
  type AsOfOptions,
  type Diff,
  type JoinedRow,
  type JoinOn,
  knownByNs,
} from "../../travel/index.js";
import type { DatasetByName } from "../read/bronze-view.js";
import { type DaysNeeded, type JoinOptions, STORE_JOIN_OPTIONS } from "../read/join-options.js";
import type { RowWithColumns } from "../read/question.js";
import { type EngineDiff, engineDiff } from "./engine-diff.js";
import { type EngineJoin, engineJoin } from "./engine-join.js";
import { type EngineView, engineView, type StoreOfEngine } from "./engine-view.js";
import { askedDiff, DIFF_OPTIONS, type EngineDiffOptions } from "./plan-diff.js";
import type { EngineLabels } from "./queried-labels.js";

/**
 * A store whose questions an engine executes.
 *
 * @category Engines
 */
export interface BronzeOnEngine<Datasets extends readonly AnyDataset[]> {
  /**
   * The whole store pinned at a cutoff.
   *
   * @throws BronzeError `INVALID_INSTANT` for a cutoff or `knownBy` that is none or has no zone; `INVALID_ARGUMENT` for an
   * option there is not
   */
  asOf(cutoff: InstantLike, options?: Pick<AsOfOptions, "knownBy">): EngineView<Datasets>;
  /**
   * A point-in-time join, as `BronzeStore.joinAsOf`. Nothing is run until it is read.
   *
   * @throws BronzeError of a label, `INVALID_ARGUMENT`, `INVALID_INSTANT` and `UNKNOWN_COLUMN`; `INVALID_DURATION` for `maxAge`;
   * `UNKNOWN_DATASET`
   * @example
   * ```ts
   * const join = bronze.on(engine).joinAsOf(labels, "odds_raw", {
   *   on: ["game_id"], cutoff: "cutoff_ts", date: "game_date", columns: ["book", "price"],
   * });
   * const features = await join.read(); // an AsOfJoin
   * ```
   */
  joinAsOf<
    const Name extends Datasets[number]["name"],
    Label extends object,
    const On extends string,
    const Column extends keyof RowOf<DatasetByName<Datasets, Name>> & string = Exclude<
      keyof RowOf<DatasetByName<Datasets, Name>> & string,
      On
    >,
    const Prefix extends string = "",
  >(
    labels: readonly Label[],
    dataset: Name,
    options: JoinOptions<Label, JoinOn<Label, KeyOf<DatasetByName<Datasets, Name>>, On>, Column, Prefix> &
      DaysNeeded<DatasetByName<Datasets, Name>, On>,
  ): EngineJoin<
    AsOfJoin<
      JoinedRow<Label, RowOf<DatasetByName<Datasets, Name>>, Column, Prefix>,
      InstantsOfJoin<Label, InstantsOf<DatasetByName<Datasets, Name>>, Column, Prefix>
    >
  >;
  /**
   * The same of labels that the engine has, so that none of them passes through this process. They come in the order of the values to
   * match, of cutoffs and of bounds.
   *
   * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_INSTANT`, `INVALID_DURATION` and `UNKNOWN_DATASET`; what the query gives is looked
   * at when the join is read (of labels that are given, `UNKNOWN_COLUMN` comes at once)
   * @example
   * ```ts
   * const labels = { query: "SELECT game_id, book, cutoff_ts, won FROM labels" };
   * await bronze.on(engine).joinAsOf(labels, "odds_raw", {
   *   on: ["game_id", "book"], cutoff: "cutoff_ts", lookbackDays: 1, columns: ["price"],
   * }).writeParquet("features.parquet");
   * ```
   */
  joinAsOf<
    const Name extends Datasets[number]["name"],
    const On extends KeyOf<DatasetByName<Datasets, Name>> extends infer Key ? keyof Key & string : never,
    const Column extends keyof RowOf<DatasetByName<Datasets, Name>> & string,
  >(
    labels: EngineLabels,
    dataset: Name,
    options: JoinOptions<Record<string, unknown>, On, Column> & DaysNeeded<DatasetByName<Datasets, Name>, On>,
  ): EngineJoin<AsOfJoin<Record<string, unknown>>>;
  /**
   * What changed between two cutoffs, as `Timeline.diff`. Nothing is run until it is read, and then only rows of keys that changed come
   * to this process.
   *
   * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_INSTANT`, `INVALID_DURATION` and `UNKNOWN_DATASET`
   * @example
   * ```ts
   * const diff = bronze.on(engine).diff("odds_raw", "2026-01-15T23:00:00Z", "2026-01-15T23:45:00Z", { date: "2026-01-15" });
   * const { added, changed, gone } = await diff.read();
   * ```
   */
  diff<
    const Name extends Datasets[number]["name"],
    const Column extends keyof RowOf<DatasetByName<Datasets, Name>> & string = never,
  >(
    dataset: Name,
    from: InstantLike,
    to: InstantLike,
    options: EngineDiffOptions<Column, DatasetByName<Datasets, Name>>,
  ): EngineDiff<Diff<RowWithColumns<RowOf<DatasetByName<Datasets, Name>>, NoInfer<Column>>>>;
}

/** A store on an engine. */
export function storeOnEngine<Datasets extends readonly AnyDataset[]>(
  store: StoreOfEngine,
  engine: ExecutingEngine,
): BronzeOnEngine<Datasets> {
  const asOf = (cutoff: InstantLike, options: Pick<AsOfOptions, "knownBy"> = {}) => {
    assertOptions(options, { knownBy: given }, "asOf on an engine");
    const cutoffNs = toEpochNs(cutoff, "cutoff");
    return engineView<Datasets>(store, engine, { cutoffNs, knownByNs: knownByNs(options.knownBy, cutoffNs) });
  };
  const joinAsOf = (
    labels: readonly AnyLabel[] | EngineLabels,
    name: string,
    options: JoinOptions<AnyLabel>,
  ) => {
    assertOptions(options, STORE_JOIN_OPTIONS, "joinAsOf on an engine");
    const asked = { storage: store.storage, dataset: store.dataset(name), options: { ...options } };
    return engineJoin(asked, labels, engine);
  };
  const diff = (name: string, from: InstantLike, to: InstantLike, options: EngineDiffOptions<string>) => {
    assertOptions(options, DIFF_OPTIONS, "diff on an engine");
    const asked = { storage: store.storage, dataset: store.dataset(name) };
    return engineDiff(askedDiff(asked, [from, to], options), engine);
  };
  const onEngine = { asOf, joinAsOf, diff } as unknown as BronzeOnEngine<Datasets>;
  return withText(onEngine, () => `BronzeStore on ${engine.name}`);
}
