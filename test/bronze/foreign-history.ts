import { CONVERTED, LOGICAL, type Node, UNIT } from "../table/foreign-file.js";

/** The columns of instants of a random history. */
export const TIMES = ["report_ts", "as_of_ts", "ingested_ts"];

const text = (name: string): Node => ({
  name,
  repetition: "optional",
  type: "BYTE_ARRAY",
  converted: CONVERTED.UTF8,
});
/** A random history as another program would write it: every column optional. */
export const COLUMNS: readonly Node[] = [
  text("game"),
  { name: "player", repetition: "optional", type: "INT32" },
  text("status"),
  ...TIMES.map(
    (name): Node => ({
      name,
      repetition: "optional",
      type: "INT64",
      logical: LOGICAL.timestamp(UNIT.ns, true),
    }),
  ),
  text("run_id"),
];
