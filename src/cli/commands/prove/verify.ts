import { buildCommand } from "@stricli/core";
import type { Manifest } from "bronzestore";
import {
  argument,
  FROM_TO,
  type FromToFlags,
  flagOf,
  OUTPUT,
  type OutputFlags,
  revisionFlag,
  switchFlag,
  TREE,
  type TreeFlags,
} from "../../arguments/flags.js";
import { rangeOf } from "../../arguments/question.js";
import { slateArgument } from "../../arguments/slate.js";
import { usage } from "../../arguments/usage.js";
import { answerOfRows, type Row } from "../../output/answer.js";
import type { Context } from "../../output/context.js";
import { EXIT, note } from "../../output/io.js";
import { showAnswer } from "../../output/show-answer.js";

type Flags = TreeFlags &
  OutputFlags &
  FromToFlags & { readonly all?: boolean; readonly snapshot?: string; readonly revision?: number };

export const verify = buildCommand({
  async func(this: Context, flags: Flags, ...pairs: string[]) {
    const { goldOf, openTree } = await import("../../open/open.js");
    const { snapshot, revision, all = false } = flags;
    if (all === pairs.length > 0)
      throw usage("Say --all, or which slate: verify season=2025 game_date=2026-01-15 ...");
    const tree = await openTree(this.io, flags);
    const gold = await goldOf(tree);
    if (!all) {
      if (snapshot === undefined) throw usage("Say which snapshot of the slate: --snapshot lock.");
      if (flags.from !== undefined || flags.to !== undefined) throw usage("--from and --to belong to --all.");
      const { ok, manifest, problems } = await gold.verify(slateArgument(pairs), {
        snapshot,
        ...(revision !== undefined && { revision }),
      });
      if (!ok) this.exitCode = EXIT.found;
      note(this.io, `${manifest.output.path}: ${ok ? "holds" : "does not hold"}`);
      const rows = problems as unknown as Row[];
      return showAnswer(this.io, answerOfRows(ONE, rows, { ok, problems }), flags);
    }
    if (revision !== undefined)
      throw usage("--revision belongs to one slate; --all verifies every revision.");
    const found = gold.verifyAll({ ...rangeOf(flags), ...(snapshot !== undefined && { snapshot }) });
    if (tree.expectReads) tree.expectReads(await readsOf(gold.list(rangeOf(flags))));
    const findings: Row[] = [];
    for (;;) {
      const { done, value } = await found.next();
      if (done) {
        const { manifests, inputs, ok } = value;
        if (!ok) this.exitCode = EXIT.found;
        note(
          this.io,
          `${manifests} manifests and ${inputs} inputs verified: ${ok ? "all hold" : "not all hold"}`,
        );
        return showAnswer(this.io, answerOfRows(ALL, findings, { ...value, findings }), flags);
      }
      findings.push({ ...value, slates: value.slates.map(({ path }) => path) } as unknown as Row);
    }
  },
  parameters: {
    flags: {
      all: switchFlag("every revision of every slate"),
      snapshot: flagOf("snapshot type: lock", "TYPE"),
      revision: revisionFlag,
      ...FROM_TO,
      ...OUTPUT,
      ...TREE,
    },
    positional: {
      kind: "array",
      parameter: argument("COLUMN=VALUE", "the slate, a value for each key column"),
    },
  },
  docs: {
    brief: "take every hash of frozen slates again",
    fullDescription:
      "Takes every hash of a slate, or of all, again. Exits with 1 where something no longer holds, or there is nothing to verify.",
    customUsage: ["--all [--from DATE] [--to DATE] [--snapshot TYPE]", "--snapshot TYPE COLUMN=VALUE..."],
  },
});

/** How many reads verifying takes: of each manifest and its data, and of each input once. */
async function readsOf(manifests: AsyncIterable<Manifest>): Promise<number> {
  const inputs = new Set<string>();
  let reads = 0;
  for await (const manifest of manifests) {
    reads += 2;
    for (const { files } of manifest.inputs) for (const { path } of files) inputs.add(path);
  }
  return reads + inputs.size;
}

const ONE = ["ok", "kind", "path", "expected", "actual"];
const ALL = ["ok", "kind", "path", "slates", "expected", "actual", "message"];
