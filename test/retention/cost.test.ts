import {
  BronzeStore,
  type Build,
  defineDataset,
  GoldStore,
  layouts,
  memoryStorage,
  nbaSeason,
  Retention,
} from "bronzestore";
import { beforeAll, describe, expect, it } from "vitest";
import { filesIn, odds, quote } from "../bronze/feeds.js";
import { campaign } from "../campaign.js";
import { asVersion1 } from "../gold/as-version-1.js";
import { hooked } from "../gold/hooked-storage.js";

const DAYS = 12;
const { count: RUNS } = campaign({ few: 4, small: 24, large: 24, seed: 0 });
const SLATES = 20;
/** More than any bound below: who reads a file once for each day that asks for it is found out. */
const LOOKBACK = 5;

const feed = defineDataset({
  name: odds.name,
  layout: layouts.perRun({ file: "odds.parquet" }),
  timeZone: "UTC",
  season: nbaSeason,
  schema: odds.schema,
  key: odds.key,
  date: { from: "as_of_ts" },
});

/** Several reads of the same days, as builders make them. */
const build: Build<readonly [typeof feed]> = async (at, { slate }) => {
  const days = { date: String(slate.game_date), lookbackDays: LOOKBACK };
  const lines = await at.read("odds_raw", days);
  await at.read("odds_raw", { ...days, maxAge: "PT6H" });
  await at.read("odds_raw", { date: days.date, prefer: "latest" });
  return lines.rows().map(({ game_id, book, price }) => ({ game_id, book, price }));
};

const KINDS = {
  attestation: /attestation\.[^/]*\.json$/,
  manifest: /^gold\/slates\/.*\.json$/,
  output: /^gold\/slates\/.*\.parquet$/,
  compacted: /^bronze\/.*\.compacted-[^/]*$/,
  loose: /^bronze\/.*\.parquet$/,
  state: /_retention\.json$/,
  record: /_record\.json$/,
  "in the trash": /^\.trash\/.*\.parquet$/,
  "store id": /^gold\/_store\.json$|^bronze\/_gold\//,
} as const;
type Kind = keyof typeof KINDS;

function kindOf(path: string): Kind {
  const [kind] = Object.entries(KINDS).find(([, pattern]) => pattern.test(path)) ?? [];
  if (kind === undefined) throw new Error(`${path} is of no kind`);
  return kind as Kind;
}

const dateOf = (day: number) => `2026-01-${String(day + 1).padStart(2, "0")}`;
const slateOf = (n: number) => ({ season: 2025, game_date: dateOf(n % DAYS), game_id: `g${n}` });
const WINDOW = { datasets: ["odds_raw"], before: "2026-02-01", cutoffs: 2 } as const;

/** Does everything once, one after the other: what each operation read of each file, at most, by kind. */
async function mostReads(): Promise<Map<string, Partial<Record<Kind, number>>>> {
  let now = Date.parse("2026-03-01T12:00:00Z");
  const clock = () => BigInt(now) * 1_000_000n;
  let reads = new Map<string, number>();
  const memory = memoryStorage();
  const storage = hooked(memory, {
    before: async (call, _index, path) => {
      // To see that no state is there, as `stat` does, reads none.
      const isRead = call === "read" || (call === "openVersion" && (await memory.stat(path)) !== undefined);
      if (isRead) reads.set(path, (reads.get(path) ?? 0) + 1);
    },
  });
  const bronze = new BronzeStore({ storage, datasets: [feed], clock });
  const gold = new GoldStore({ storage, bronze, timeZone: "UTC", season: nbaSeason, clock });
  const retention = new Retention({ bronze, gold: [gold], clock });
  for (let day = 0; day < DAYS; day++) {
    for (let run = 0; run < RUNS; run++) {
      const hour = Math.floor((run * 24) / RUNS);
      const at = `${dateOf(day)}T${String(hour).padStart(2, "0")}:05:00Z`;
      const rows = [quote("g1", "dk", run, at, at), quote("g1", "fd", -run, at, at)];
      await bronze.write("odds_raw", rows, { run: { id: `r${run}`, startedAt: at } });
    }
  }
  for (let n = 0; n < SLATES; n++) {
    const slate = slateOf(n);
    for (const snapshot of ["lock", "pretip"])
      await gold.freeze({ slate, snapshot, tip: `${slate.game_date}T17:00:00Z` }, build);
  }

  /** Manifests as they were frozen, while those that 0.1 would have written lie there. */
  const asVersion2 = new Map<string, Uint8Array>();
  const found = new Map<string, Partial<Record<Kind, number>>>();
  const count = async <T>(operation: string, work: () => Promise<T>): Promise<T> => {
    reads = new Map();
    const result = await work();
    const most: Partial<Record<Kind, number>> = {};
    for (const [path, times] of reads) most[kindOf(path)] = Math.max(most[kindOf(path)] ?? 0, times);
    found.set(operation, most);
    return result;
  };
  const verifyAll = async () => {
    const wrong: unknown[] = [];
    for await (const finding of gold.verifyAll()) wrong.push(finding);
    expect(wrong).toEqual([]);
  };
  const slate = slateOf(LOOKBACK);
  const verify = async () => {
    expect(await gold.verify(slate, { snapshot: "pretip" })).toMatchObject({ ok: true, problems: [] });
  };
  const planned = async (plan: Promise<Awaited<ReturnType<typeof retention.planCompact>>>) => {
    expect((await plan).days).toHaveLength(DAYS);
    return plan;
  };
  await count("verify, loose", verify);
  await count("verifyAll, loose", verifyAll);
  for (const path of await filesIn(memory, "gold")) {
    if (!path.includes("/manifest.")) continue;
    const manifest = JSON.parse(new TextDecoder().decode(await memory.read(path)));
    asVersion2.set(path, await memory.read(path));
    await memory.replace(path, asVersion1(manifest));
  }
  await count("attest, loose", async () => {
    expect(await gold.attest(slate, { snapshot: "pretip" })).toMatchObject({ status: "attested" });
  });
  await count("attestAll, loose", async () => {
    const said = new Map<string, number>();
    for await (const { status } of gold.attestAll()) said.set(status, (said.get(status) ?? 0) + 1);
    expect([...said]).toEqual([
      ["attested", 2 * SLATES - 1],
      ["unchanged", 1],
    ]);
  });
  for (const path of await filesIn(memory, "gold"))
    if (path.includes("/attestation.")) await memory.remove(path);
  for (const [path, bytes] of asVersion2) await memory.replace(path, bytes);
  const hours = { ...WINDOW, hours: true };
  await count("planPrune", () => retention.planPrune(hours));
  const compact = await count("planCompact into a day", () =>
    planned(retention.planCompact({ ...WINDOW, into: "day" })),
  );
  await count("apply into a day", () => retention.apply(compact));
  await count("verify, compacted", verify);
  await count("verifyAll, compacted", verifyAll);
  await count("restore", () => retention.restore(compact.id));
  await retention.apply(compact);
  const undo = await count("planCompact into files", () =>
    planned(retention.planCompact({ ...WINDOW, into: "files" })),
  );
  await count("apply into files", () => retention.apply(undo));
  now += 20 * 86_400_000;
  const emptied = await count("emptyTrash", () => retention.emptyTrash({ olderThan: "P14D" }));
  expect(emptied.plans).toHaveLength(2);
  return found;
}

/**
 * The most reads of one file of a kind, the file being there or not. Where it is more than one, it is the same for any
 * number of days and of slates:
 *
 * - a loose file is read and hashed when a day is planned, read when the plan is proven, so that not all days are in memory
 *   at once, and read again when it is moved, since what is removed is never taken for what it was;
 * - a compacted file is written after a look at what lies there, read back, and read again before what it replaces goes;
 *   verifying reads it for the contents of its parts, and once for what of it came late;
 * - a file that is back in its place is compared with what was removed under its name, and read for its content;
 * - a state is read before and after each listing of its day, so that a listing is of one moment;
 * - what a plan or an undo did is looked at again after it, since its lock may have been lost: the state when files were moved,
 *   when the record says so, and when outputs and copies were removed, which are read before, to be put back;
 * - whether a manifest is attested is asked before anything, and again with its hashes; each attestation is committed by
 *   itself, which looks whether the store is registered;
 * - which gold stores there are is asked before anything, before the plan, and under the lock of commits, before and after them.
 */
const MOST: Readonly<Record<string, Partial<Record<Kind, number>>>> = {
  "verify, loose": { manifest: 1, output: 1, loose: 1 },
  "verifyAll, loose": { manifest: 1, output: 1, loose: 2 },
  "verify, compacted": { manifest: 1, output: 1, loose: 1, compacted: 2, state: 5 },
  "verifyAll, compacted": { manifest: 1, output: 1, loose: 1, compacted: 2, state: 5 },
  "attest, loose": { manifest: 1, output: 1, loose: 1, attestation: 2, "store id": 1 },
  "attestAll, loose": { manifest: 1, output: 1, loose: 1, attestation: 2, "store id": SLATES },
  planPrune: { manifest: 1, loose: 2, state: 1, "store id": 1 },
  "planCompact into a day": { manifest: 1, loose: 2, state: 1, "store id": 1 },
  "planCompact into files": { manifest: 1, compacted: 2, state: 3, record: 2, "store id": 1 },
  "apply into a day": {
    manifest: 1,
    loose: 3,
    "in the trash": 2,
    compacted: 3,
    state: 6,
    record: 2,
    "store id": 4,
  },
  "apply into files": {
    manifest: 1,
    loose: 2,
    "in the trash": 2,
    compacted: 3,
    state: 8,
    record: 5,
    "store id": 4,
  },
  restore: { manifest: 1, loose: 3, "in the trash": 3, compacted: 1, state: 7, record: 3, "store id": 3 },
  emptyTrash: { manifest: 1, loose: 2, "in the trash": 1, compacted: 2, state: 6, record: 1, "store id": 1 },
};

describe("the most reads of one file, over many days and slates,", () => {
  let found: Awaited<ReturnType<typeof mostReads>>;
  beforeAll(async () => {
    found = await mostReads();
  });

  it.each(Object.entries(MOST))("are bounded by the operation: %s", (operation, most) => {
    const own = found.get(operation)!;
    expect(own.manifest ?? own.loose).toBeGreaterThan(0);
    const beyond = Object.entries(own).filter(([kind, times]) => times > (most[kind as Kind] ?? 0));
    expect(beyond).toEqual([]);
  });

  it("are counted of every operation", () => {
    expect([...found.keys()].sort()).toEqual(Object.keys(MOST).sort());
  });
});
