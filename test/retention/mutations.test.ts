import { BronzeError, type RetentionPlan } from "bronzestore";
import { describe, expect, it } from "vitest";
import { parsePlan, parseRecord } from "../../src/bronze/index.js";
import { sha256 } from "../../src/digest.js";
import { openParquet } from "../../src/table/index.js";
import { campaign } from "../campaign.js";
import { mutatedJson, randomFrom } from "../run/mutate-json.js";
import { LOSSLESS, LOSSY, type Phase, phasesOf, places, readBy, spread, stateOf } from "./phases.js";
import { DEEDS, strike, withBit } from "./strike.js";
import { LATER, retentionWorld, storageOf, treeOf } from "./world.js";

/**
 * Damage to every file that retention reads, in every phase of what it does. A reader then gets exactly the rows and answers
 * that should be there, or an error; whatever is done next either does what it would have done, or fails without harm:
 * with the right file back in its place, every row there ever was can be read again.
 */

const jsonOf = (phase: Phase) => [...phase.tree.keys()].filter((path) => path.endsWith(".json"));

/** Each file once that some phase has, with that phase: equal bytes among equal files are the same damage. */
function distinct(phases: readonly Phase[], isOf: (path: string) => boolean): [Phase, path: string][] {
  const found = new Map<string, [Phase, string]>();
  for (const phase of phases) {
    for (const [path, bytes] of phase.tree) {
      const others = [...phase.tree.keys()].sort().join();
      if (isOf(path)) found.set(`${path} ${sha256(bytes)} ${others} ${phase.rows}`, [phase, path]);
    }
  }
  return [...found.values()];
}

const CASES = [
  ...LOSSLESS.flatMap((rule) => [[rule, "odds_raw"] as const, [rule, "injuries_raw"] as const]),
  ...LOSSY.map((rule) => [rule, "odds_raw"] as const),
];

describe.each(CASES)("damage in %s of %s", (rule, feed) => {
  it("to the JSON of any phase gives the rows there should be or an error, and loses nothing", async () => {
    const phases = await phasesOf(rule, feed);
    const { count, seed } = campaign({ few: 12, small: 210, large: 2_000, seed: 11 });
    const random = randomFrom(seed);
    const wrong: string[] = [];
    const met = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      const phase = phases[i % phases.length]!;
      const paths = jsonOf(phase);
      if (paths.length === 0) continue;
      const path = paths[random(paths.length)]!;
      const bytes = mutatedJson(phase.tree.get(path)!, random);
      const deed = [undefined, ...Object.keys(DEEDS)][random(5)];
      const problem = await strike(phase, path, bytes, deed);
      met.set(String(deed), (met.get(String(deed)) ?? 0) + 1);
      if (problem !== undefined) wrong.push(`${i}: ${phase.name}, ${path}: ${problem}`);
    }
    expect(wrong).toEqual([]);
    expect(met.size).toBe(5);
  });

  it("that takes any one file away does, too", async () => {
    const wrong: string[] = [];
    const { count } = campaign({ few: 3, small: 100, large: 1_000, seed: 0 });
    const takes = distinct(await phasesOf(rule, feed), (path) => !path.endsWith("_store.json"));
    for (const [phase, path] of spread(takes, count)) {
      for (const deed of [undefined, ...Object.keys(DEEDS)]) {
        const problem = await strike(phase, path, undefined, deed);
        if (problem !== undefined) wrong.push(`${phase.name}, without ${path}: ${problem}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("that turns any single bit of a state is an error", async () => {
    const { count } = campaign({ few: 4, small: 150, large: 2_000, seed: 0 });
    const states = distinct(await phasesOf(rule, feed), (path) => path === stateOf(feed));
    expect(states.length).toBeGreaterThan(2);
    for (const [phase, path] of states) {
      const state = phase.tree.get(path)!;
      const world = retentionWorld(await storageOf(phase.tree), LATER);
      for (const bit of places(state.length * 8, count)) {
        await world.storage.replace(path, withBit(state, bit));
        const read = await readBy(world, feed);
        // A space or a tab for the newline at the end is the same document.
        const isSame = typeof read === "string" && bit >> 3 === state.length - 1;
        if (isSame ? read !== phase.rows : typeof read === "string")
          expect.fail(`${phase.name}: bit ${bit} gives ${read}`);
      }
    }
  });

  it("that turns any single bit of a record, a plan or a compacted file is seen when that is read", async () => {
    const phases = await phasesOf(rule, feed);
    const { count } = campaign({ few: 6, small: 3_000, large: 50_000, seed: 0 });
    const files = new Map<string, Uint8Array>();
    for (const { tree } of phases)
      for (const [path, bytes] of tree) files.set(`${path} ${sha256(bytes)}`, bytes);
    const plan = new TextEncoder().encode(JSON.stringify(phases[0]!.plan));
    for (const [name, bytes] of [...files, ["the plan", plan] as const]) {
      const [path] = name.split(" ") as [string];
      const read = path.endsWith("/_record.json")
        ? (own: Uint8Array) => parseRecord(own, path)
        : path.includes(".compacted-")
          ? (own: Uint8Array<ArrayBuffer>) => openParquet(own, path).keyValues
          : name === "the plan"
            ? (own: Uint8Array) => parsePlan(JSON.parse(new TextDecoder().decode(own)), name)
            : undefined;
      if (!read) continue;
      const whole = JSON.stringify(read(Uint8Array.from(bytes)));
      for (const bit of places(bytes.length * 8, count)) {
        let said: string;
        try {
          said = JSON.stringify(read(withBit(bytes, bit)));
        } catch (error) {
          if (error instanceof BronzeError || error instanceof SyntaxError) continue;
          throw error;
        }
        // A space or a tab for the newline at the end is the same document.
        const isSame = said === whole && path.endsWith(".json") && bit >> 3 === bytes.length - 1;
        if (!isSame) expect.fail(`bit ${bit} of ${name} is not seen`);
      }
    }
  });

  it("that turns any single bit of a record, or of the plan in it, does no harm", async () => {
    const { count } = campaign({ few: 1, small: 40, large: 150, seed: 0 });
    const wrong: string[] = [];
    const records = distinct(await phasesOf(rule, feed), (path) => path.startsWith(".trash/"));
    for (const [phase, path] of records.filter(([, path]) => path.endsWith(".json"))) {
      const record = phase.tree.get(path)!;
      for (const bit of places(record.length * 8, count)) {
        const deed = Object.keys(DEEDS)[bit % 4];
        const problem = await strike(phase, path, withBit(record, bit), deed);
        if (problem !== undefined) wrong.push(`${phase.name}: bit ${bit} of ${path}: ${problem}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("that changes any byte of a compacted file is an error, and what is done next loses nothing", async () => {
    const { count, seed } = campaign({ few: 3, small: 60, large: 600, seed: 13 });
    const random = randomFrom(seed);
    const wrong: string[] = [];
    const files = distinct(await phasesOf(rule, feed), (path) => path.includes(".compacted-"));
    for (const [phase, path] of files) {
      const file = phase.tree.get(path)!;
      for (const at of places(file.length, count)) {
        const bytes = Uint8Array.from(file);
        bytes[at]! ^= 1 + random(255);
        const deed = random(8) === 0 ? Object.keys(DEEDS)[random(4)] : undefined;
        const problem = await strike(phase, path, bytes, deed);
        if (problem !== undefined) wrong.push(`${phase.name}: byte ${at} of ${path}: ${problem}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("to a plan on its way is refused, and the tree stays as it is", async () => {
    const [{ plan, tree, all }] = (await phasesOf(rule, feed)) as [Phase];
    const world = retentionWorld(await storageOf(tree));
    const { count, seed } = campaign({ few: 6, small: 120, large: 1_000, seed: 12 });
    const random = randomFrom(seed);
    const text = new TextEncoder().encode(JSON.stringify(plan));
    const { count: bits } = campaign({ few: 4, small: 200, large: 2_000, seed: 0 });
    const damaged = function* () {
      for (let i = 0; i < count; i++) yield mutatedJson(text, random);
      for (const bit of places(text.length * 8, bits)) yield withBit(text, bit);
    };
    let applied = 0;
    for (const bytes of damaged()) {
      let given: RetentionPlan;
      try {
        given = JSON.parse(new TextDecoder().decode(bytes));
      } catch {
        continue;
      }
      if (JSON.stringify(given) === JSON.stringify(plan)) continue;
      applied++;
      const error = await world.retention.apply(given).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error, JSON.stringify(given)).toBeInstanceOf(BronzeError);
    }
    expect(applied).toBeGreaterThan(count / 12);
    expect(await treeOf(world.storage)).toEqual(tree);
    expect(await readBy(world, feed)).toBe(all);
  });
});
