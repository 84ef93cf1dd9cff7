import type { Snapshot, Standing, Timeline } from "../travel/index.js";
import type { ViewRead, ViewReadOptions } from "./bronze-view.js";
import type { Loaded } from "./load-frame.js";

/** Records a read through a view. What costs a pass over the rows is counted when it is first asked for. */
export function recordRead(
  loaded: Loaded,
  timeline: Timeline,
  snapshot: Snapshot,
  asked: { readonly dates: readonly string[]; readonly options: ViewReadOptions },
): ViewRead {
  let standing: Standing | undefined;
  const stand = () => {
    standing ??= timeline.standing(snapshot.cutoff);
    return standing;
  };
  return {
    ...asked,
    dataset: timeline.dataset,
    skipped: loaded.skipped,
    get files() {
      return loaded.files.filter(({ path }) => stand().paths.has(path));
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
