import type * as Zod from "zod";
import { requireEsm, requireFromHere } from "../lazy-module.js";

/** Where `bronzestore/zod` leaves itself: it is built as a file of its own, which shares no module with this one. */
const OFFERED = Symbol.for("bronzestore.zod");

const place = globalThis as { [OFFERED]?: typeof Zod };
let loaded: typeof Zod | undefined;

/**
 * The zod to make schemas with: the one of `bronzestore/zod` where the process has it, else the package, at first use.
 * No file imports zod outright, because its hundred modules take longer to load than an hour of history to read, and
 * which of the two the process pays for is the user's to say. Schemas of both mix: zod 4 tells them by their form.
 */
export function zod(): typeof Zod {
  loaded ??= place[OFFERED] ?? zodPackage();
  return loaded;
}

/** Makes a zod the one in use, for whoever asks for one later. */
export function offerZod(offered: typeof Zod): void {
  place[OFFERED] ??= offered;
}

/** The very instance that `import "zod"` gives, unless just now another import is loading it: then one of its own. */
function zodPackage(): typeof Zod {
  try {
    return requireEsm("zod") as typeof Zod;
  } catch {
    return requireFromHere("zod") as typeof Zod;
  }
}
