import { parseArgs } from "node:util";
import { calendar } from "bronzestore";
import { simulatedClock } from "../../fixtures/simulated-clock.js";

/** What every live script is told on its command line. */
export interface LiveOptions {
  /** Folder of the data. */
  readonly root: string;
  /** Address of the feeds, without a slash at the end. */
  readonly feed: string;
  /** How long until the script's timer starts it again: `PT5M`. */
  readonly every: string;
  /** The evening's date in New York. */
  readonly date: string;
  /** How often a fetch is tried again. The timer comes again anyway. */
  readonly retries: number;
  /** The present, in epoch nanoseconds. */
  readonly clock: () => bigint;
  /** Folder in which acknowledged writes are noted, for the demo to check; `undefined`: not noted. */
  readonly acks: string | undefined;
}

/** Reads `--root=data --feed=http://127.0.0.1:8080 --every=PT5M ...`. A simulated clock is given as `--clock=<JSON>`. */
export function liveOptions(args: readonly string[] = process.argv.slice(2)): LiveOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      root: { type: "string", default: "live-data" },
      feed: { type: "string", default: "http://127.0.0.1:8080" },
      every: { type: "string", default: "PT5M" },
      date: { type: "string" },
      retries: { type: "string", default: "1" },
      clock: { type: "string" },
      acks: { type: "string" },
    },
  });
  const showsMs = values.clock === undefined ? Date.now : simulatedClock(JSON.parse(values.clock));
  const clock = () => BigInt(showsMs()) * 1_000_000n;
  const { root, feed, every, acks } = values;
  return {
    root,
    feed,
    every,
    acks,
    clock,
    retries: Number(values.retries),
    date: values.date ?? evening(clock()),
  };
}

const SIX_HOURS_NS = 6n * 3600n * 1_000_000_000n;

/** Games go on after midnight: until six in the morning it is still last evening. */
function evening(nowNs: bigint): string {
  return calendar("America/New_York").date(nowNs - SIX_HOURS_NS);
}
