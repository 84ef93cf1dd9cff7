import { buildCommand } from "@stricli/core";
import { counted } from "../../../shown.js";
import {
  argument,
  FROM_TO,
  type FromToFlags,
  OUTPUT,
  type OutputFlags,
  TREE,
  type TreeFlags,
} from "../../arguments/flags.js";
import { rangeOf } from "../../arguments/question.js";
import { usage } from "../../arguments/usage.js";
import { answerOfRows, type Row } from "../../output/answer.js";
import type { Context } from "../../output/context.js";
import { EXIT, note } from "../../output/io.js";
import { showAnswer } from "../../output/show-answer.js";

export const runs = buildCommand({
  async func(this: Context, flags: TreeFlags & OutputFlags & FromToFlags, id?: string) {
    const [{ openTree }, { library }] = await Promise.all([
      import("../../open/open.js"),
      import("../../open/library.js"),
    ]);
    const { storage } = await openTree(this.io, flags);
    const lib = await library();
    // The newest first: of many the first lines are looked at, and a table has 40.
    const found = (await lib.listRuns({ storage }, rangeOf(flags)))
      .filter(({ runId }) => id === undefined || runId === id)
      .reverse();
    if (id !== undefined && found.length === 0)
      throw usage(`There is no run ${id} in ${storage.description}.`);
    const rows: Row[] = [];
    const records: unknown[] = [];
    for (const { runId, record, error } of found) {
      if (record === null) {
        this.exitCode = EXIT.found;
        rows.push({ run_id: runId, status: "unreadable", error: error!.message });
        continue;
      }
      records.push(record);
      const failed = record.stages.find(({ status }) => status === "failed")?.stage ?? null;
      rows.push({
        ...record,
        stages: record.stages.length,
        failed,
        error: record.error?.message ?? null,
      } as unknown as Row);
    }
    const running = rows.filter(({ status }) => status === "running").length;
    if (running > 0)
      note(
        this.io,
        `${counted(running, "run")} not ended; bronzestore doctor tells whether its process is still there.`,
      );
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
    brief: "what runs did, the newest first",
    fullDescription:
      "Shows what runs did; --format json has their stages and pointers. Exits with 1 where a run file cannot be read.",
  },
});

const COLUMNS = ["run_id", "name", "status", "cutoff", "started_at", "ended_at", "stages", "failed", "error"];
