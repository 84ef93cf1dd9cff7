import { buildCommand } from "@stricli/core";
import type { ImportEvent } from "bronzestore";
import {
  argument,
  flagOf,
  OUTPUT,
  type OutputFlags,
  ofOption,
  switchFlag,
  TREE,
  type TreeFlags,
} from "../../arguments/flags.js";
import { instantText } from "../../arguments/instants.js";
import { usage } from "../../arguments/usage.js";
import { answerOfRows } from "../../output/answer.js";
import { type Context, notes } from "../../output/context.js";
import type { Progress } from "../../output/progress.js";
import { showAnswer } from "../../output/show-answer.js";

type Flags = TreeFlags &
  OutputFlags & {
    readonly map?: readonly string[];
    readonly ignore?: string;
    readonly ingestedAt?: string;
    readonly runId?: string;
    readonly runStartedAt?: string;
    readonly onImported?: "throw" | "skip";
    readonly id?: string;
    readonly filesAre?: "csv" | "jsonl" | "parquet";
    readonly delimiter?: string;
    readonly dryRun?: boolean;
  };

export const importCommand = buildCommand({
  async func(this: Context, flags: Flags, ...given: string[]) {
    const [dataset, ...patterns] = given as [string, ...string[]];
    const [{ openTree }, { library }] = await Promise.all([
      import("../../open/open.js"),
      import("../../open/library.js"),
    ]);
    const { bronze, clock } = await openTree(this.io, flags);
    const { importFiles } = await library();
    const progress = await this.io.begin("importing");
    const { ingestedAt, onImported, id, filesAre, delimiter, dryRun } = flags;
    const run = runOf(flags, clock());
    const done = await importFiles(bronze, dataset, patterns, {
      columns: columnsOf(flags.map ?? []),
      ...(flags.ignore !== undefined && {
        ignoreColumns: flags.ignore === "others" ? "others" : flags.ignore.split(","),
      }),
      ...(ingestedAt !== undefined && { ingestedAt: instantText(ingestedAt, "--ingested-at", clock()) }),
      ...(run && { run }),
      ...(onImported !== undefined && { onImported }),
      ...(id !== undefined && { id }),
      ...(filesAre !== undefined && { format: filesAre }),
      ...(delimiter !== undefined && { delimiter }),
      ...(dryRun && { dryRun }),
      onEvent: (event: ImportEvent) => tell(progress, event),
    } as never);
    progress.end();
    notes(this, String(done).split("\n"));
    const rows = done.files.map(({ path, sizeBytes, sha256, rows }) => ({ path, rows, sizeBytes, sha256 }));
    return showAnswer(this.io, answerOfRows(["path", "rows", "sizeBytes", "sha256"], rows, done), flags);
  },
  parameters: {
    flags: {
      map: ofOption("columns", {
        kind: "parsed",
        parse: (text: string) => text,
        variadic: ",",
        optional: true,
        brief: "what columns are called in the files: price=Price,game_id=GAME",
        placeholder: "COLUMN=NAME",
      }),
      ignore: ofOption(
        "ignoreColumns",
        flagOf('columns of the files to leave out, with commas between, or "others"', "NAMES"),
      ),
      ingestedAt: flagOf("when the rows were captured, where they do not say; default: now", "INSTANT"),
      runId: ofOption("run.id", flagOf("the run the rows are of", "ID")),
      runStartedAt: ofOption("run.startedAt", flagOf("when that run started", "INSTANT")),
      onImported: {
        kind: "enum",
        values: ["throw", "skip"],
        optional: true,
        brief: "of files that were imported before: refuse all, or leave them out; default: throw",
      },
      id: flagOf("names the import; default: made of what it imports", "ID"),
      filesAre: ofOption("format", {
        kind: "enum",
        values: ["csv", "jsonl", "parquet"],
        optional: true,
        brief: "what the files are; default: by the ends of their names",
      }),
      delimiter: flagOf("what is between the cells of a CSV file; default: a comma", "TEXT"),
      dryRun: switchFlag("check everything and write nothing"),
      ...OUTPUT,
      ...TREE,
    },
    positional: {
      kind: "array",
      parameter: argument(
        "DATASET FILE",
        "dataset, and files or patterns of names in quotes: 'dumps/**/*.csv'",
      ),
      minimum: 2,
    },
  },
  docs: {
    brief: "bring CSV, JSON lines or Parquet files into a dataset",
    fullDescription:
      "Reads and checks every file before the first row is written. Interrupted, the same command line makes the rest: no row twice. --on-imported skip brings in what is new in a folder that grows.",
    customUsage: ["DATASET 'dumps/**/*.csv' [--map COLUMN=NAME]"],
  },
});

/** @throws BronzeError `INVALID_ARGUMENT` */
function columnsOf(pairs: readonly string[]): Record<string, string> {
  const columns = new Map<string, string>();
  for (const pair of pairs) {
    const [, column, name] = /^([^=]+)=(.+)$/.exec(pair) ?? [];
    if (column === undefined || name === undefined) throw usage(`--map takes COLUMN=NAME, not "${pair}".`);
    if (columns.has(column)) throw usage(`--map names "${column}" twice.`);
    columns.set(column, name);
  }
  return Object.fromEntries(columns);
}

/** @throws BronzeError `INVALID_ARGUMENT` for half a run */
function runOf({ runId: id, runStartedAt }: Flags, nowNs: bigint): object | undefined {
  if (id === undefined && runStartedAt === undefined) return undefined;
  if (id === undefined) throw usage("--run-started-at says when a run started; --run-id says which.");
  return {
    id,
    ...(runStartedAt !== undefined && { startedAt: instantText(runStartedAt, "--run-started-at", nowNs) }),
  };
}

function tell(progress: Progress, event: ImportEvent): void {
  if (event.event === "reading") progress.tell({ done: event.file, total: event.files, unit: "files read" });
  if (event.event === "written") progress.tell({ done: event.write, total: event.writes, unit: "writes" });
}
