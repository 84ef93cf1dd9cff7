import { buildCommand } from "@stricli/core";
import { isOfTool, type Storage } from "../../../storage/index.js";
import { OUTPUT, type OutputFlags, switchFlag, TREE, type TreeFlags } from "../../arguments/flags.js";
import { answerOfRows } from "../../output/answer.js";
import { type Context, notes } from "../../output/context.js";
import { EXIT } from "../../output/io.js";
import { showAnswer } from "../../output/show-answer.js";

type Flags = TreeFlags & OutputFlags & { readonly fix?: boolean; readonly neverPruned?: readonly string[] };

export const doctor = buildCommand({
  async func(this: Context, { fix = false, neverPruned, ...flags }: Flags) {
    const [{ openTree }, { library }] = await Promise.all([
      import("../../open/open.js"),
      import("../../open/library.js"),
    ]);
    const { storage, config, clock, expectReads } = await openTree(this.io, flags);
    const { datasets } = config;
    const lib = await library();
    // It reads each file once.
    expectReads?.(await countFiles(storage, ""));
    const found = await lib.doctor(
      { storage },
      { datasets, fix, clock, ...(neverPruned && { neverPruned }) },
    );
    if (!found.ok) this.exitCode = EXIT.found;
    const looked = found.checks.map(
      ({ check, looked, note }) => `${looked} ${check}${note ? ` (${note})` : ""}`,
    );
    notes(this, [`looked at: ${looked.join("; ")}`, found.ok ? "nothing is wrong" : "something is wrong"]);
    const rows = found.findings.map((finding) => ({ ...finding }));
    return showAnswer(this.io, answerOfRows(COLUMNS, rows, found), flags);
  },
  parameters: {
    flags: {
      fix: switchFlag("make the repairs that are safe"),
      neverPruned: {
        kind: "parsed",
        parse: (text: string) => text,
        variadic: ",",
        optional: true,
        brief: "datasets of which nothing was ever pruned, when a lost state is made again",
        placeholder: "NAMES",
      },
      ...OUTPUT,
      ...TREE,
    },
  },
  docs: {
    brief: "what is wrong with the tree, and the repairs that are safe",
    fullDescription:
      "Reads the whole tree and says what is wrong with it. Exits with 1 where something is, or nothing is there.",
  },
});

async function countFiles(storage: Storage, folder: string): Promise<number> {
  let count = 0;
  for (const { name, kind } of await storage.list(folder)) {
    if (kind === "file") count++;
    else if (!isOfTool(name)) count += await countFiles(storage, folder === "" ? name : `${folder}/${name}`);
  }
  return count;
}

const COLUMNS = ["code", "path", "what", "todo", "fix", "done"];
