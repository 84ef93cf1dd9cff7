import { buildCommand } from "@stricli/core";
import {
  argument,
  OUTPUT,
  type OutputFlags,
  requiredFlag,
  TREE,
  type TreeFlags,
} from "../../arguments/flags.js";
import { answerOfRows } from "../../output/answer.js";
import type { Context } from "../../output/context.js";
import { EXIT, note } from "../../output/io.js";
import { showAnswer } from "../../output/show-answer.js";

type Flags = TreeFlags & OutputFlags & { readonly from: string; readonly to: string };

export const coverage = buildCommand({
  async func(this: Context, { from, to, ...flags }: Flags, dataset: string) {
    const { openTree } = await import("../../open/open.js");
    const { bronze } = await openTree(this.io, flags);
    const found = await bronze.coverage(dataset, { from, to });
    const rows = found.days.map(({ slots, unreadable, ignored, partitions, ...day }) => ({
      ...day,
      partitions: partitions.length,
      expected: slots?.expected ?? null,
      met: slots?.met ?? null,
      pending: slots?.pending ?? null,
      missing: slots?.missing.length ?? null,
      thin: slots?.thin.length ?? null,
      late: slots?.late.length ?? null,
      unreadable: unreadable.length,
      ignored: ignored.length,
    }));
    if (found.days.length > 0 && found.days.every(({ slots }) => !slots))
      note(
        this.io,
        `${dataset} does not say when captures are due, so none is missing: expect in its definition does.`,
      );
    for (const { date, slots, unreadable } of found.days) {
      if (slots && slots.missing.length > 0) note(this.io, `${date}: missing ${slots.missing.join(", ")}`);
      for (const { path, message } of unreadable)
        note(this.io, `${date}: ${message.includes(path) ? message : `${path}: ${message}`}`);
    }
    const isFound = rows.some(
      ({ missing, thin, late, unreadable }) => (missing ?? 0) + (thin ?? 0) + (late ?? 0) + unreadable > 0,
    );
    if (isFound) this.exitCode = EXIT.found;
    return showAnswer(this.io, answerOfRows(COLUMNS, rows, found), flags);
  },
  parameters: {
    flags: {
      from: requiredFlag("first day, YYYY-MM-DD", "DATE"),
      to: requiredFlag("last day, YYYY-MM-DD", "DATE"),
      ...OUTPUT,
      ...TREE,
    },
    positional: { kind: "tuple", parameters: [argument("DATASET", "name of a dataset")] },
  },
  docs: {
    brief: "what lies in each day, and what is missing, thin or late",
    fullDescription:
      "Shows what lies in each day. Exits with 1 where a capture is missing, thin or late by the dataset's expect, or a file cannot be read.",
  },
});

const COLUMNS = [
  "date",
  "source",
  "partitions",
  "files",
  "rows",
  "bytes",
  "expected",
  "met",
  "pending",
  "missing",
  "thin",
  "late",
  "unreadable",
  "firstEffective",
  "lastEffective",
  "firstCaptured",
  "lastCaptured",
  "rowsByFallback",
  "rowsNotSelectable",
  "rowsAhead",
  "rowsCapturedLate",
  "rowsCaptureUnknown",
  "lateAfter",
  "pruned",
  "ignored",
];
