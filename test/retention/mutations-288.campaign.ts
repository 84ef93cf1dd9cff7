import { describe, expect, it } from "vitest";
import { campaign } from "../campaign.js";
import { mutatedJson, randomFrom } from "../run/mutate-json.js";
import { phasesOf } from "./phases.js";
import { DEEDS, strike } from "./strike.js";

/** A part every five minutes of the day in New York. */
const MINUTES = Array.from({ length: 288 }, (_, i) => 5 * 60 + 5 * i);

describe.each([
  "odds_raw",
  "injuries_raw",
] as const)("damage to any file of a day of 288 parts of %s", (feed) => {
  it("gives the rows there should be or an error, in any phase of its compaction, and loses nothing", async () => {
    const phases = await phasesOf("into-day", feed, MINUTES);
    const { count, seed } = campaign({ few: 10, small: 100, large: 10_000, seed: 288 });
    const random = randomFrom(seed);
    const wrong: string[] = [];
    for (let i = 0; i < count; i++) {
      const phase = phases[random(phases.length)]!;
      const paths = [...phase.tree.keys()].filter((path) => !path.startsWith("gold/"));
      const few = paths.filter((path) => path.endsWith(".json") || path.includes(".compacted-"));
      const from = few.length > 0 && random(3) > 0 ? few : paths;
      const path = from[random(from.length)]!;
      const whole = phase.tree.get(path)!;
      const bytes = random(20) === 0 ? undefined : damaged(path, whole, random);
      if (bytes && Buffer.compare(bytes, whole) === 0) continue;
      // Most of what is done reads all parts several times.
      const deed = random(50) === 0 ? Object.keys(DEEDS)[random(4)] : undefined;
      const problem = await strike(phase, path, bytes, deed);
      if (problem !== undefined) wrong.push(`${i}: ${phase.name}, ${path}: ${problem.slice(0, 1000)}`);
    }
    expect(wrong).toEqual([]);
  });
});

function damaged(path: string, bytes: Uint8Array, random: ReturnType<typeof randomFrom>): Uint8Array {
  if (path.endsWith(".json")) return mutatedJson(bytes, random);
  const other = Uint8Array.from(bytes);
  for (let n = random(3); n >= 0; n--) other[random(other.length)]! ^= 1 << random(8);
  return other;
}
