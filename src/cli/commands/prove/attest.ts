import { buildCommand } from "@stricli/core";
import { counted } from "../../../shown.js";
import {
  FROM_TO,
  type FromToFlags,
  flagOf,
  OUTPUT,
  type OutputFlags,
  TREE,
  type TreeFlags,
} from "../../arguments/flags.js";
import { rangeOf } from "../../arguments/question.js";
import { answerOfRows, type Row } from "../../output/answer.js";
import type { Context } from "../../output/context.js";
import { EXIT, note } from "../../output/io.js";
import { showAnswer } from "../../output/show-answer.js";

type Flags = TreeFlags & OutputFlags & FromToFlags & { readonly snapshot?: string };

export const attest = buildCommand({
  async func(this: Context, flags: Flags) {
    const { goldOf, openTree } = await import("../../open/open.js");
    const { snapshot } = flags;
    const gold = await goldOf(await openTree(this.io, flags));
    const progress = await this.io.begin("attesting");
    const rows: Row[] = [];
    const range = { ...rangeOf(flags), ...(snapshot !== undefined && { snapshot }) };
    for await (const { status, path, snapshot, revision, attestation, error } of gold.attestAll(range)) {
      const files = attestation?.files;
      rows.push({
        status,
        snapshot,
        revision,
        path,
        files: files?.length ?? null,
        deciding: files?.filter(({ decides }) => decides).length ?? null,
        error: error?.message ?? null,
      });
      progress.tell({ done: rows.length, unit: "manifests" });
    }
    progress.end();
    const refused = rows.filter(({ status }) => status === "refused").length;
    if (refused > 0) this.exitCode = EXIT.found;
    const attested = rows.filter(({ status }) => status === "attested").length;
    note(this.io, `${counted(rows.length, "manifest")}: ${attested} attested, ${refused} refused`);
    return showAnswer(this.io, answerOfRows(COLUMNS, rows), flags);
  },
  parameters: {
    flags: {
      snapshot: flagOf("snapshot type: lock; default: all", "TYPE"),
      ...FROM_TO,
      ...OUTPUT,
      ...TREE,
    },
  },
  docs: {
    brief: "write down what old manifests' inputs contain, so that they may be compacted",
    fullDescription:
      "Takes every hash of slates with manifests of version 1 again, and writes beside each what its inputs contain. " +
      "Manifests of version 2 need none. Exits with 1 where one was refused, or there is nothing to attest.",
  },
});

const COLUMNS = ["status", "snapshot", "revision", "path", "files", "deciding", "error"];
