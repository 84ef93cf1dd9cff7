import { buildCommand } from "@stricli/core";
import { flagOf, switchFlag } from "../arguments/flags.js";
import { type Context, notes } from "../output/context.js";
import { note } from "../output/io.js";

const CONFIG = "bronzestore.config.ts";

interface Flags {
  readonly root?: string;
  readonly timeZone?: string;
  readonly dryRun?: boolean;
}

export const init = buildCommand({
  async func(this: Context, { root = ".", timeZone = "UTC", dryRun = false }: Flags) {
    const [{ guessFolder }, { configText }, { guessText }, { writeNew }, { library }] = await Promise.all([
      import("../open/open.js"),
      import("../open/config-text.js"),
      import("../open/guess.js"),
      import("../open/user-files.js"),
      import("../open/library.js"),
    ]);
    const { calendar } = await library();
    calendar(timeZone);
    const { guesses, above } = await guessFolder(this.io, root);
    for (const guess of guesses) notes(this, guessText(guess, timeZone));
    const text = configText({ root: above ? joined(root, "..") : root, timeZone, guesses });
    if (dryRun) {
      this.io.stdout.write(text);
      return;
    }
    await writeNew(this.io.cwd, CONFIG, text);
    note(this.io, `Written: ${CONFIG}. It is a guess: look at each key, the times, and the zone.`);
  },
  parameters: {
    flags: {
      root: flagOf("folder of the tree; default: this one", "FOLDER"),
      timeZone: flagOf("zone whose days the folders are: America/New_York; default: UTC", "ZONE"),
      dryRun: switchFlag("show the config and write nothing"),
    },
  },
  docs: {
    brief: "write a config from what a folder of Parquet seems to hold",
    fullDescription: `Writes ${CONFIG} into this folder. One that is there already stays as it is.`,
  },
});

function joined(folder: string, more: string): string {
  return folder === "." ? more : `${folder}/${more}`;
}
