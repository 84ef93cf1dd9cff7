import type * as arrow from "apache-arrow";
import { BronzeError } from "../errors.js";

/** What a program's own `import` or `require` of apache-arrow gives it. */
export type ArrowModule = typeof arrow;

/** Left by the two entries of the package (`src/entry/`). */
const IMPORTED = Symbol.for("bronzestore.imported");
const REQUIRED = Symbol.for("bronzestore.required");

/**
 * The caller's own apache-arrow, loaded at first use. The package has two builds, one for `import` and one for
 * `require`, and the functions of one take a table of the other for an empty list, without an error. So it is taken in
 * the way in which the library was.
 *
 * @param given the caller's module, which is then the answer
 * @throws BronzeError `INVALID_ARGUMENT` where the process took the library both ways and `given` is left out
 */
export async function arrowModule(given: ArrowModule | undefined): Promise<ArrowModule> {
  if (given !== undefined) return assertArrow(given);
  const process = globalThis as { [IMPORTED]?: true; [REQUIRED]?: () => ArrowModule };
  const required = process[REQUIRED];
  if (required && process[IMPORTED]) {
    throw new BronzeError(
      "INVALID_ARGUMENT",
      "This process took bronzestore by import and by require, so which of apache-arrow's two builds is yours cannot be told; " +
        "hand it in: toArrow(arrow).",
    );
  }
  return required ? required() : await import("apache-arrow");
}

function assertArrow(given: ArrowModule): ArrowModule {
  if (typeof given?.Table === "function" && typeof given.makeData === "function") return given;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    'toArrow takes the module apache-arrow (import * as arrow from "apache-arrow"), or nothing.',
  );
}
