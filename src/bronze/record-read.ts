import { toDurationNs } from "../time/index.js";
import type { Answer, Standing } from "../travel/index.js";
import type { ViewRead, ViewReadOptions } from "./bronze-view.js";
import type { Loaded } from "./load-frame.js";

/** Records a read through a view. What costs a pass over the rows is counted when it is first asked for. */
export function recordRead(
  loaded: Loaded,
  { snapshot, timeline }: Answer,
  asked: { readonly dates: readonly string[]; readonly options: ViewReadOptions },
): ViewRead {
  let standing: Standing | undefined;
  const stand = () => {
    standing ??= timeline().standing(snapshot.cutoff);
    return standing;
  };
  return {
    ...asked,
    dataset: loaded.frame.dataset.name,
    skipped: loaded.skipped,
    get files() {
      return loaded.files().filter(({ path }) => stand().paths.has(path));
    },
    get rowsNotSelectable() {
      return stand().rowsNotSelectable;
    },
    get rowsAhead() {
      return stand().rowsAhead;
    },
    get provenance() {
      return snapshot.provenance;
    },
  };
}

/** The options of a read as they are now, with `maxAge` as text: what a record holds must not change afterwards. */
export function copyOfAsked(options: ViewReadOptions): ViewReadOptions {
  if (typeof options !== "object" || options === null) return options;
  const copy: Record<string, unknown> = { ...options };
  if ("dates" in options && options.dates !== undefined) copy.dates = [...options.dates];
  if (options.maxAge !== undefined) copy.maxAge = durationText(toDurationNs(options.maxAge, "maxAge"));
  return Object.freeze(copy) as unknown as ViewReadOptions;
}

function durationText(ns: bigint): string {
  const fraction = String(ns % 1_000_000_000n).padStart(9, "0");
  return `PT${ns / 1_000_000_000n}.${fraction}S`;
}
