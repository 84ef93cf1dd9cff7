import { traced } from "../../src/telemetry/index.js";
import type { Work } from "../support/bench.js";
import { alone } from "../support/measure.js";

const OPERATIONS = 1_000_000;
const THOUSANDS = OPERATIONS / 1_000;

/** What being able to tell adds to work that nobody listens to. */
export const telemetry: Work = {
  name: "telemetry",
  async run(bench) {
    const values: number[] = [];
    for (let round = -3; round < (bench.quick ? 5 : 15); round++) {
      const silent = await processorTime(nothing);
      const telling = await processorTime(() => traced("bronzestore:read", message, nothing, outcome));
      if (round >= 0) values.push((telling - silent) / THOUSANDS);
    }
    const what = "what being able to tell adds to 1,000 operations, nobody listening";
    return [alone({ work: "telemetry", what, unit: "ms", goal: { atMost: 0.1 } }, values)];
  },
};

const nothing = () => Promise.resolve();

const message = () => {
  throw new Error("built though nobody listens");
};
const outcome = message;

/** Milliseconds of the processor. */
async function processorTime(operation: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < OPERATIONS; i++) await operation();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
