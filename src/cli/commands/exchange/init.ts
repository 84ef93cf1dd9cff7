import { buildCommand } from "@stricli/core";
import { argument, flagOf, switchFlag } from "../../arguments/flags.js";
import { usage } from "../../arguments/usage.js";
import type { GuessedDataset } from "../../open/guess-columns.js";
import { type Context, notes } from "../../output/context.js";
import { note } from "../../output/io.js";

const CONFIG = "bronzestore.config.ts";

interface Flags {
  readonly root?: string;
  readonly timeZone?: string;
  readonly name?: string;
  readonly delimiter?: string;
  readonly dryRun?: boolean;
}

/** What the config is to say, and the command that goes on from there. */
interface Found {
  readonly guesses: readonly GuessedDataset[];
  readonly root: string;
  readonly next: string | undefined;
}

export const init = buildCommand({
  async func(this: Context, flags: Flags, ...patterns: string[]) {
    const { timeZone = "UTC", dryRun = false } = flags;
    const [{ configText }, { guessText }, { writeNew }, { library }] = await Promise.all([
      import("../../open/config-text.js"),
      import("../../open/guess.js"),
      import("../../open/user-files.js"),
      import("../../open/library.js"),
    ]);
    const { calendar } = await library();
    calendar(timeZone);
    const found = patterns.length > 0 ? await ofFiles(patterns, flags) : await ofFolder(this, flags);
    const { guesses, root, next } = found;
    for (const guess of guesses) notes(this, guessText(guess, timeZone));
    const text = configText({ root, timeZone, guesses });
    if (dryRun) {
      this.io.stdout.write(text);
      return;
    }
    await writeNew(this.io.cwd, CONFIG, text, "--dry-run shows the config; add what is new in it to yours.");
    note(this.io, `Written: ${CONFIG}. It is a guess: look at each key, the times, and the zone.`);
    if (next !== undefined) note(this.io, `Then: ${next}`);
  },
  parameters: {
    flags: {
      root: flagOf("folder of the tree; default: this one, or data for files to import", "FOLDER"),
      timeZone: flagOf("zone whose days the folders are: America/New_York; default: UTC", "ZONE"),
      name: flagOf("of the dataset that files to import become; default: their folder's", "NAME"),
      delimiter: flagOf("what is between the cells of a CSV file; default: a comma", "TEXT"),
      dryRun: switchFlag("show the config and write nothing"),
    },
    positional: {
      kind: "array",
      parameter: argument(
        "FILE",
        "files to import, or patterns of names in quotes: 'dumps/*.csv'; default: the Parquet that lies in the folder",
      ),
    },
  },
  docs: {
    brief: "write a config from what a folder of Parquet, or files to import, seem to hold",
    fullDescription: `Writes ${CONFIG} into this folder. One that is there already stays as it is.`,
    customUsage: ["[--root FOLDER]", "'dumps/*.csv'"],
  },
});

async function ofFolder(context: Context, { root = ".", name, delimiter }: Flags): Promise<Found> {
  if (name !== undefined || delimiter !== undefined)
    throw usage("--name and --delimiter belong to files to import; name the files too.");
  const { guessFolder } = await import("../../open/open.js");
  const found = await guessFolder(context.io, root);
  return { guesses: found.guesses, root: found.above ? above(root) : root, next: undefined };
}

async function ofFiles(
  patterns: readonly string[],
  { root = "data", name, delimiter }: Flags,
): Promise<Found> {
  const { guessImport } = await import("../../open/guess-import.js");
  const guess = await guessImport(patterns, { name, delimiter });
  const files = patterns.length > 3 ? "FILE..." : patterns.map(quoted).join(" ");
  const between = delimiter === undefined ? "" : ` --delimiter ${quoted(delimiter)}`;
  return { guesses: [guess], root, next: `bronzestore import ${guess.name} ${files}${between}` };
}

/** As a shell takes it for one word that means itself. */
function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The folder above, as short as it can be said. */
function above(folder: string): string {
  const parts = folder.replace(/\/+$/, "").split("/");
  const last = parts.pop();
  if (last === ".") return "..";
  if (last === "..") return `${folder}/..`;
  return parts.length > 0 ? parts.join("/") || "/" : ".";
}
