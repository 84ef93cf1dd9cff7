import type { AnyDataset } from "../../dataset/index.js";
import { NO_COST, type ReadCost } from "../../storage/index.js";
import { type ReadMessage, traced } from "../../telemetry/index.js";
import type { Frame } from "../../travel/index.js";

/** What a read is told of as. */
interface ToldRead {
  readonly verb: ReadMessage["verb"];
  readonly dataset: AnyDataset;
  /** Ascending. */
  readonly dates: readonly string[];
}

/** What came of it. */
interface ReadOutcome {
  readonly parts: number;
  readonly rows: number;
  readonly cost: ReadCost;
}

/** A read that telemetry is told of. */
export function tracedRead<T>(
  { verb, dataset, dates }: ToldRead,
  work: () => Promise<T>,
  outcome: (value: T) => ReadOutcome,
): Promise<T> {
  return traced(
    "bronzestore:read",
    () => ({ verb, dataset: dataset.name, from: dates[0], to: dates.at(-1) }),
    work,
    (value) => {
      const { parts, rows, cost } = outcome(value);
      return { parts, rows, cost: { ...cost } };
    },
  );
}

/** The outcome of a read whose answers come from this frame. */
export function outcomeOf({ parts, cost }: Frame): ReadOutcome {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  return { parts: parts.length, rows, cost: cost ?? NO_COST };
}
