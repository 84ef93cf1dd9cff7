import { requireFromHere } from "../lazy-module.js";

type Polyfill = typeof import("@js-temporal/polyfill");

/**
 * The Temporal namespace of `@js-temporal/polyfill`, loaded at the first call and not before: evaluating it costs 25 to
 * 50 ms, which a process that only compares instants need not spend.
 *
 * `require` because it is synchronous. It loads the polyfill's CommonJS build: its objects work with those of any
 * other Temporal (native, or the ESM build) through `epochNanoseconds` and ISO strings, but not through `instanceof`.
 */
export function temporal(): Polyfill["Temporal"] {
  loaded ??= (requireFromHere("@js-temporal/polyfill") as Polyfill).Temporal;
  return loaded;
}

let loaded: Polyfill["Temporal"] | undefined;
