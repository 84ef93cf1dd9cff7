import type { AnyDataset, InstantsOf, KeyOf, RowOf } from "../../dataset/index.js";
import { assertIs, assertOptions, text } from "../../options.js";
import { withText } from "../../printed.js";
import type { EngineBatch, ExecutingEngine } from "../../sql/index.js";
import type { Storage } from "../../storage/index.js";
import { type ArrowModule, arrowModule, type Column, toArrowTable } from "../../table/index.js";
import { formatInstant } from "../../time/index.js";
import { type Provenance, placeOfRow, rowReader, Snapshot } from "../../travel/index.js";
import type { DatasetByName } from "../read/bronze-view.js";
import {
  type OfColumns,
  type RowWithColumns,
  VIEW_READ_OPTIONS,
  type ViewReadOptions,
} from "../read/question.js";
import { copyOfAsked } from "../read/record-read.js";
import {
  askEngine,
  countedBy,
  type EngineQuestion,
  type Planned,
  planned,
  writingFor,
} from "./ask-engine.js";
import { arrowBatches, type EngineBatches, type EngineWritten, written } from "./engine-answers.js";
import { resultColumn } from "./result-column.js";

/**
 * A store pinned at one cutoff, whose questions an engine executes. The answers are those of `BronzeView`: same rows, same order,
 * same counts.
 *
 * @category Engines
 */
export interface EngineView<Datasets extends readonly AnyDataset[]> {
  /** The cutoff, in epoch nanoseconds. */
  readonly cutoff: bigint;
  /** The bound on capture, in epoch nanoseconds; `undefined` without one. */
  readonly knownBy: bigint | undefined;
  /**
   * The state of a dataset at the view's cutoff.
   *
   * @throws BronzeError `ENGINE_UNSUPPORTED`, `ENGINE_PRECISION`, `ENGINE_FAILED`; `PRUNED`; of the question, `INVALID_ARGUMENT`,
   * `UNKNOWN_DATASET`, `UNKNOWN_COLUMN`, `INVALID_DATE` and `INVALID_DURATION`; of the files, `CORRUPT_FILE`,
   * `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`,
   * `UNREACHABLE_FILES`, `UNKNOWN_LOOKUP` and `RETENTION_INVALID`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   */
  read<
    const Name extends Datasets[number]["name"],
    const Column extends keyof RowOf<DatasetByName<Datasets, Name>> & string = never,
  >(
    dataset: Name,
    options: ViewReadOptions<Column, DatasetByName<Datasets, Name>>,
  ): Promise<
    Snapshot<
      RowWithColumns<RowOf<DatasetByName<Datasets, Name>>, NoInfer<Column>>,
      KeyOf<DatasetByName<Datasets, Name>>,
      OfColumns<InstantsOf<DatasetByName<Datasets, Name>>, NoInfer<Column>>
    >
  >;
  /**
   * The same as Arrow tables, one after the other as the engine gives them.
   *
   * A file that goes away, or is replaced, while tables are taken is `ENGINE_FAILED`: rows were given by then, so nothing is
   * planned again.
   *
   * @param arrow the caller's apache-arrow, as for `toArrow`
   * @throws BronzeError `ENGINE_UNSUPPORTED`, `ENGINE_PRECISION`, `ENGINE_FAILED`; `PRUNED`; of the question, `INVALID_ARGUMENT`,
   * `UNKNOWN_DATASET`, `UNKNOWN_COLUMN`, `INVALID_DATE` and `INVALID_DURATION`; of the files, `CORRUPT_FILE`,
   * `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`,
   * `UNREACHABLE_FILES`, `UNKNOWN_LOOKUP` and `RETENTION_INVALID`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   */
  batches<const Name extends Datasets[number]["name"]>(
    dataset: Name,
    options: ViewReadOptions<
      keyof RowOf<DatasetByName<Datasets, Name>> & string,
      DatasetByName<Datasets, Name>
    >,
    arrow?: ArrowModule,
  ): Promise<EngineBatches>;
  /**
   * The same, written by the engine to a Parquet file; nothing of it passes through this process.
   *
   * @param target the file as the engine names it; one that is there is replaced
   * @throws BronzeError `ENGINE_UNSUPPORTED`, `ENGINE_PRECISION`, `ENGINE_FAILED`; `PRUNED`; of the question, `INVALID_ARGUMENT`,
   * `UNKNOWN_DATASET`, `UNKNOWN_COLUMN`, `INVALID_DATE` and `INVALID_DURATION`; of the files, `CORRUPT_FILE`,
   * `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`,
   * `UNREACHABLE_FILES`, `UNKNOWN_LOOKUP` and `RETENTION_INVALID`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   */
  writeParquet<const Name extends Datasets[number]["name"]>(
    dataset: Name,
    target: string,
    options: ViewReadOptions<
      keyof RowOf<DatasetByName<Datasets, Name>> & string,
      DatasetByName<Datasets, Name>
    >,
  ): Promise<EngineWritten>;
}

/** The store that is asked. */
export interface StoreOfEngine {
  readonly storage: Storage;
  dataset(name: string): AnyDataset;
}

/** A view of a store on an engine. */
export function engineView<Datasets extends readonly AnyDataset[]>(
  store: StoreOfEngine,
  engine: ExecutingEngine,
  bounds: Pick<EngineQuestion, "cutoffNs" | "knownByNs">,
): EngineView<Datasets> {
  const question = (name: string, options: ViewReadOptions<string>, where: string): EngineQuestion => {
    assertOptions(options, VIEW_READ_OPTIONS, `${where} on an engine`);
    const { storage } = store;
    return { storage, dataset: store.dataset(name), ...bounds, options: copyOfAsked(options) };
  };
  const read = async (name: string, options: ViewReadOptions<string>) =>
    readOnEngine(question(name, options, "read"), engine);
  const batches = async (name: string, options: ViewReadOptions<string>, arrow?: ArrowModule) =>
    batchesOnEngine(question(name, options, "batches"), engine, arrow);
  const writeParquet = async (name: string, target: string, options: ViewReadOptions<string>) => {
    assertIs(target, text, "The target of writeParquet");
    return writeOnEngine(question(name, options, "writeParquet"), engine, target);
  };
  const view = { cutoff: bounds.cutoffNs, knownBy: bounds.knownByNs, read, batches, writeParquet };
  const shown = () => `EngineView on ${engine.name} at ${formatInstant(bounds.cutoffNs)}`;
  return withText(view, shown) as unknown as EngineView<Datasets>;
}

/** Gives an answer table by table. */
async function batchesOnEngine(
  question: EngineQuestion,
  engine: ExecutingEngine,
  lib: ArrowModule | undefined,
): Promise<EngineBatches> {
  const arrow = await arrowModule(lib);
  return askEngine(
    { asked: question, engine, verb: "asOf", form: "batches", plan: () => planned(question, engine.dialect) },
    async (made, run) => {
      const provenance = await countedBy(made, engine, run);
      const batches = run(engine.compiler.answerSql(made.plan, writingFor(engine)));
      const tableOf = (batch: EngineBatch) => toArrowTable(columnsOf(made, batch), arrow);
      return arrowBatches({ asked: question, engine, made, provenance, batches, tableOf });
    },
  );
}

function columnsOf({ plan }: Pick<Planned, "plan">, batch: EngineBatch): Map<string, Column> {
  const columns = plan.columns.slice(0, plan.answerColumns);
  return new Map(columns.map(({ name, type }, i) => [name, resultColumn(type, batch[i] ?? [])]));
}

/** Has an answer written. */
function writeOnEngine(
  question: EngineQuestion,
  engine: ExecutingEngine,
  target: string,
): Promise<EngineWritten> {
  return askEngine(
    {
      asked: question,
      engine,
      verb: "asOf",
      form: "writeParquet",
      plan: () => planned(question, engine.dialect),
    },
    async (made, run) => {
      const provenance = await countedBy(made, engine, run);
      return written(engine, run, engine.compiler.answerSql(made.plan, writingFor(engine), true), {
        target,
        provenance,
      });
    },
  );
}

/** Reads an answer into a snapshot. */
function readOnEngine(question: EngineQuestion, engine: ExecutingEngine): Promise<Snapshot> {
  return askEngine(
    { asked: question, engine, verb: "asOf", form: "read", plan: () => planned(question, engine.dialect) },
    async (made, run) => {
      const { plan } = made;
      const cells: unknown[][] = Array.from({ length: plan.answerColumns + 2 }, () => []);
      for await (const batch of run(engine.compiler.answerSql(plan, writingFor(engine))))
        for (const [i, own] of cells.entries()) for (const value of batch[i] ?? []) own.push(value);
      const provenance = await countedBy(made, engine, run);
      return snapshotOf(made, cells, provenance);
    },
  );
}

/** A snapshot of rows that an engine gave: columns of the answer, numbers of parts, numbers of rows in them. */
function snapshotOf(
  { frame, plan, query }: Planned,
  cells: readonly unknown[][],
  provenance: Provenance,
): Snapshot {
  const { dataset } = frame;
  const columns = columnsOf({ plan }, cells);
  const [parts, rows] = [cells[plan.answerColumns]!, cells[plan.answerColumns + 1]!];
  const length = parts.length;
  const reader = rowReader({
    dataset,
    columns: new Map(
      [...columns].map(([name, { type }]) => [name, frame.columns.get(name) ?? { type, integers: "bigint" }]),
    ),
    asked: frame.asked,
    pruned: [],
    horizonNs: undefined,
    parts: [
      { path: "", rows: length, sizeBytes: 0, snapshot: undefined, column: (name) => columns.get(name) },
    ],
  });
  return new Snapshot({
    dataset: dataset.name,
    key: dataset.key,
    reader: {
      ...reader,
      sourceOf: (row) => placeOfRow(frame.parts[Number(parts[row])]!, Number(rows[row])),
    },
    selected: Uint32Array.from({ length }, (_, row) => row),
    cutoff: query.cutoffNs,
    omitted: frame.omitted ?? [],
    cost: frame.cost!,
    cells: (name) =>
      reader.cells(
        name,
        Array.from({ length }, (_, row) => row),
      ),
    provenance: () => provenance,
  });
}
