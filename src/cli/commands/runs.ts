import { buildCommand } from "@stricli/core";
import type { Storage } from "../../storage/index.js";
import {
  argument,
  FROM_TO,
  type FromToFlags,
  OUTPUT,
  type OutputFlags,
  TREE,
  type TreeFlags,
} from "../arguments/flags.js";
import { usage } from "../arguments/usage.js";
import type { Library } from "../open/library.js";
import { answerOfRows, type Row } from "../output/answer.js";
import type { Context } from "../output/context.js";
import { EXIT, note } from "../output/io.js";
import { showAnswer } from "../output/show-answer.js";

export const runs = buildCommand({
  async func(this: Context, flags: TreeFlags & OutputFlags & FromToFlags, id?: string) {
    const [{ openTree }, { library }] = await Promise.all([
      import("../open/open.js"),
      import("../open/library.js"),
    ]);
    const { storage } = await openTree(this.io, flags);
    const lib = await library();
    const found = (await runFiles(storage, flags)).filter((run) => id === undefined || run.id === id);
    if (id !== undefined && found.length === 0)
      throw usage(`There is no run ${id} in ${storage.description}.`);
    const rows: Row[] = [];
    const records: unknown[] = [];
    for (const { day, id } of found) {
      try {
        const record = await lib.readRun({ storage }, id, { timeZone: zoneOf(lib, id, day) });
        records.push(record);
        const failed = record.stages.find(({ status }) => status === "failed")?.stage ?? null;
        rows.push({
          ...record,
          stages: record.stages.length,
          failed,
          error: record.error?.message ?? null,
        } as unknown as Row);
      } catch (error) {
        if (!lib.isBronzeError(error)) throw error;
        this.exitCode = EXIT.found;
        rows.push({ run_id: id, status: "unreadable", error: error.message });
      }
    }
    if (rows.length === 0) note(this.io, `There are no runs in ${storage.description}.`);
    return showAnswer(this.io, answerOfRows(COLUMNS, rows, records), flags);
  },
  parameters: {
    flags: { ...FROM_TO, ...OUTPUT, ...TREE },
    positional: {
      kind: "tuple",
      parameters: [{ ...argument("ID", "one run; default: all"), optional: true }],
    },
  },
  docs: {
    brief: "what runs did, newest last",
    fullDescription:
      "Shows what runs did; --format json has their stages and pointers. Exits with 1 where a run file cannot be read.",
  },
});

const COLUMNS = ["run_id", "name", "status", "cutoff", "started_at", "ended_at", "stages", "failed", "error"];

interface RunFile {
  readonly day: string;
  readonly id: string;
}

async function runFiles(storage: Storage, { from = "", to = "\uffff" }: FromToFlags): Promise<RunFile[]> {
  const found: RunFile[] = [];
  for (const { name: day, kind } of await storage.list("runs")) {
    if (kind !== "folder" || !/^\d{4}-\d\d-\d\d$/.test(day) || day < from || day > to) continue;
    for (const entry of await storage.list(`runs/${day}`)) {
      const id = /^(\d{8}T\d{6}Z-[0-9a-f]{8})\.json$/.exec(entry.name)?.[1];
      if (entry.kind === "file" && id) found.push({ day, id });
    }
  }
  return found;
}

/** A zone in which a run started on the day it lies under: which zone its pipeline was given, only the folder tells. */
function zoneOf({ calendar, parseRunTs }: Library, id: string, day: string): string {
  const start = parseRunTs(id.split("-")[0]!);
  const zones = [
    "UTC",
    ...Array.from({ length: 14 }, (_, i) => [`Etc/GMT+${i + 1}`, `Etc/GMT-${i + 1}`]).flat(),
  ];
  return zones.find((zone) => calendar(zone).date(start) === day) ?? "UTC";
}
