import type * as Zod from "zod";
import { requireEsm, requireFromHere } from "../lazy-module.js";

/** Where `bronzestore/zod` registers itself: it is built as a file of its own, which shares no module with this one. */
const OFFERED = Symbol.for("bronzestore.zod");

const place = globalThis as { [OFFERED]?: typeof Zod };
let loaded: typeof Zod | undefined;

/**
 * The zod to make schemas with: the one of `bronzestore/zod` if the process loaded it, else the package, at first use.
 * No file imports zod directly, because its hundred modules take longer to load than an hour of history takes to read,
 * and the user decides which of the two to load. Schemas of both mix: zod 4 recognizes them by their form.
 */
export function zod(): typeof Zod {
  loaded ??= place[OFFERED] ?? zodPackage();
  return loaded;
}

/** Makes a zod the one in use for all later calls. */
export function offerZod(offered: typeof Zod): void {
  place[OFFERED] ??= offered;
}

/** The same instance as `import "zod"`, unless another import is loading it at this moment: then a separate one. */
function zodPackage(): typeof Zod {
  try {
    return requireEsm("zod") as typeof Zod;
  } catch {
    return requireFromHere("zod") as typeof Zod;
  }
}
