import { BronzeError } from "bronzestore";
import { FOLDERS, type Outcome, type Phase, readBy, stateOf } from "./phases.js";
import { LATER, retentionWorld, storageOf, type Tree, type World } from "./world.js";

const NONE = { datasets: ["odds_raw", "injuries_raw"], before: "2026-01-01" } as const;

/** What is done to a damaged tree, and what it comes to where it says that it was done. */
export const DEEDS: Record<string, (world: World, phase: Phase) => Promise<Outcome>> = {
  async finish({ retention }) {
    await retention.apply(await retention.planPrune(NONE));
    return "rows";
  },
  async apply({ retention }, { plan }) {
    await retention.apply(plan);
    return "after";
  },
  async restore({ retention }, { plan }) {
    await retention.restore(plan.id);
    return "undone";
  },
  async empty({ retention }) {
    await retention.emptyTrash({ olderThan: "P7D" });
    return "rows";
  },
};

/** Damages one file of a tree (`undefined`: it is missing) and says what went wrong, if anything did. */
export async function strike(
  phase: Phase,
  path: string,
  bytes: Uint8Array | undefined,
  deed: keyof typeof DEEDS | undefined,
): Promise<string | undefined> {
  const damaged = new Map(phase.tree);
  if (bytes) damaged.set(path, bytes);
  else damaged.delete(path);
  const world = retentionWorld(await storageOf(damaged), LATER);
  const isRight = async (said: string | BronzeError, of: Outcome) =>
    typeof said !== "string" || said === phase[of] || said === (await unseen(phase, damaged, path, of));
  const read = await readBy(world, phase.feed);
  if (!(await isRight(read, "rows"))) return `read ${read} for ${phase.rows}`;
  if (deed === undefined) return undefined;
  let done: Outcome | undefined;
  try {
    done = await DEEDS[deed]!(world, phase);
  } catch (error) {
    if (!(error instanceof BronzeError)) throw error;
  }
  if (done !== undefined) {
    const said = await readBy(world, phase.feed);
    if (!(await isRight(said, done))) return `${deed}, then read ${said} for ${phase[done]}`;
    if (typeof said === "string") return undefined;
  }
  // Whatever was refused did no harm.
  await world.storage.replace(path, phase.tree.get(path)!);
  const again = await readBy(world, phase.feed);
  if (again !== phase.rows) return `${deed}, then, repaired, read ${again} for ${phase.rows}`;
  await DEEDS.finish!(world, phase);
  const isRestored = await world.retention.restore(phase.plan.id).then(
    () => true,
    () => false,
  );
  const undone = await readBy(world, phase.feed);
  const right = isRestored ? phase.undone : phase.rows;
  if (undone !== right) return `${deed}, then, repaired and undone, read ${undone} for ${right}`;
  const isInTrash = [...phase.tree.keys()].some((name) => name.startsWith(`.trash/${phase.plan.id}/`));
  if (isInTrash && undone !== phase.undone) return `${deed}, then, repaired, could not be undone`;
  return undefined;
}

/** What may be read where nothing that is left shows the loss: a compacted file, or a state, that names what is lost, does. */
async function unseen(phase: Phase, damaged: Tree, path: string, of: Outcome): Promise<string | undefined> {
  if (damaged.has(path)) return undefined;
  const inDay = [...damaged].filter(([name]) => name.startsWith("bronze/"));
  const compacted = inDay.filter(([name]) => name.includes(".compacted-"));
  if (path === stateOf(phase.feed)) return compacted.length === 0 ? phase.loose : undefined;
  const ownName = path.slice(FOLDERS[phase.feed].length + 1);
  const isNamed = [...compacted, ...inDay.filter(([name]) => name === stateOf(phase.feed))].some(
    ([, bytes]) => Buffer.from(bytes).includes(`"${ownName}"`),
  );
  return isNamed ? undefined : phase.without(path, of);
}

/** Bytes with one bit turned. */
export function withBit(bytes: Uint8Array, bit: number): Uint8Array<ArrayBuffer> {
  const damaged = Uint8Array.from(bytes);
  damaged[bit >> 3]! ^= 1 << (bit & 7);
  return damaged;
}
