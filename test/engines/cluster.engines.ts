import { join } from "node:path";
import type { ClickHouseClient, ClickHouseSettings } from "@clickhouse/client";
import { BronzeStore, Retention, toEpochNs } from "bronzestore";
import { clickhouse } from "bronzestore/clickhouse";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ClickHouseCluster, startClickhouseCluster } from "./beds/clickhouse-cluster.js";
import { type HeldDoor, openDoor } from "./beds/held-door.js";
import { type S3Place, startS3 } from "./beds/s3.js";
import { Compared, compareCase, OLD_INSTANTS } from "./pack/compare-case.js";
import { keptCase, keptNames } from "./pack/kept-cases.js";
import { DATE, feed, NOON, runAt, SECOND } from "./plain-feed.js";
import { assertSame } from "./same-answer.js";
import { assertSameJoin, assertSameOfQuery } from "./same-join.js";

const { python, folder } = inject("engines");

let s3: S3Place;
beforeAll(async () => {
  s3 = await startS3();
});
afterAll(() => s3?.stop());

const startCluster = (...configs: string[]) =>
  startClickhouseCluster(python, join(folder, "clickhouse-cluster"), configs);

/** A cluster over a prefix of the bucket, its first server being asked. @param settings as a user's profile has them */
function over({ name, servers }: ClickHouseCluster, prefix: string, settings?: ClickHouseSettings) {
  const client = servers[0]!.client(settings);
  const engine = clickhouse({
    root: `s3://${s3.bucket}/${prefix}`,
    cluster: name,
    query: async (query) => (await client.query({ query, format: "JSONCompactEachRow" })).text(),
    command: (query) => client.command({ query }),
  });
  return { engine, client, storage: s3.storage(prefix) };
}

async function numberOf(client: ClickHouseClient, query: string): Promise<number> {
  const [row] = await (await client.query({ query, format: "JSONCompactEachRow" })).json<[string]>();
  return Number(row?.[0] ?? 0);
}

/** As a profile of the user may have it; the client has no types for all of it. */
const SKIPPING = {
  skip_unavailable_shards: 1,
  skip_unavailable_shards_mode: "unavailable_or_exception_before_processing",
} as ClickHouseSettings;
const BY_ROW_GROUPS = { cluster_table_function_split_granularity: "bucket" } as ClickHouseSettings;

const READ = "SELECT value FROM system.events WHERE event = 'S3GetObject'";

const DAY = { from: DATE, to: DATE };

/** Runs of some rows, a second apart. */
async function storeIn(prefix: string, runs: number, keys: number): Promise<BronzeStore<[typeof feed]>> {
  const clock = () => toEpochNs("2026-02-01T00:00:00Z");
  const bronze = new BronzeStore({ storage: s3.storage(prefix), datasets: [feed], clock });
  for (let run = 0; run < runs; run++) {
    const rows = Array.from({ length: keys }, (_, i) => ({ id: `id-${i}`, points: run * keys + i }));
    await bronze.write("feed", ...runAt(run, rows));
  }
  return bronze;
}

const LABELS = [-1n, 0n, 1n, 2n, 9n].map((second) => ({ id: "id-7", cutoff: NOON + second * SECOND }));
const ASKED = { dataset: "feed", asked: { date: DATE } };
const JOINED = { on: ["id"], cutoff: "cutoff", ...DAY, columns: ["points"] };

describe("a cluster of ClickHouse, of which one server is asked through its client, answers as the library:", () => {
  let cluster: ClickHouseCluster;
  beforeAll(async () => {
    cluster = await startCluster(s3.clickhouseConfig(), s3.clickhouseConfig());
  });
  afterAll(() => cluster?.stop());

  it("the pack, its servers reading a bucket between them", async () => {
    const met = new Compared();
    for (const name of keptNames()) {
      const { case: own, tree } = keptCase(name);
      const { storage, engine } = over(cluster, own.name);
      for (const [path, bytes] of tree) await storage.publish(path, bytes);
      await compareCase(own, { storage, engine }, met, [OLD_INSTANTS]);
    }
    console.info(`ClickHouse, a cluster: ${met.text}`);
    expect(met.answered).toBeGreaterThan(met.asked / 2);
    expect(met.answers.get("join")).toBeGreaterThan(keptNames().length / 2);
    for (const server of cluster.servers) expect(await numberOf(server.client(), READ)).toBeGreaterThan(0);
  });

  it("a file whose row groups are shared out, and labels that a query of it gives", async () => {
    const bronze = await storeIn("groups", 4, 9_000);
    const retention = new Retention({ bronze, gold: [], clock: () => bronze.now() });
    await retention.apply(
      await retention.planCompact({ datasets: ["feed"], before: "2026-02-01", into: "day" }),
    );
    const { engine, client } = over(cluster, "groups", BY_ROW_GROUPS);
    const held = await assertSame(bronze, engine, { ...ASKED, cutoff: NOON + 2n * SECOND });
    expect(held).toMatchObject({ rows: { length: 9_000 } });
    const joined = await assertSameJoin(bronze, engine, { dataset: "feed", labels: LABELS, options: JOINED });
    expect(joined).toMatchObject({ rows: { length: LABELS.length } });
    const rows = LABELS.map(({ id, cutoff }) => `('${id}', ${cutoff})`);
    await client.command({ query: "CREATE TABLE labels (id String, cutoff Int64) ENGINE = Memory" });
    await client.command({ query: `INSERT INTO labels VALUES ${rows.join(", ")}` });
    const query = "SELECT id, cutoff FROM labels";
    await assertSameOfQuery(bronze, engine, { dataset: "feed", labels: LABELS, options: JOINED, query });
  });

  it("without a server that was lost before", async () => {
    const bronze = await storeIn("lost", 24, 10);
    await cluster.servers[1]!.kill();
    const { engine } = over(cluster, "lost", SKIPPING);
    const held = await assertSame(bronze, engine, { ...ASKED, cutoff: NOON + 20n * SECOND });
    expect(held).toMatchObject({ rows: { length: 10 } });
  });
});

describe("a cluster of ClickHouse of which a server is lost in a question", () => {
  let door: HeldDoor;
  let cluster: ClickHouseCluster;
  beforeAll(async () => {
    door = await openDoor(s3.endpoint);
    cluster = await startCluster(s3.clickhouseConfig(), s3.clickhouseConfig(door.endpoint));
  });
  afterAll(async () => {
    await cluster?.stop();
    await door?.close();
  });

  it("says so, and answers nothing without the file that it was to read", async () => {
    const bronze = await storeIn("held", 24, 10);
    const { engine } = over(cluster, "held", SKIPPING);
    const held = door.hold();
    const answer = bronze
      .on(engine)
      .asOf(NOON + 20n * SECOND)
      .read("feed", ASKED.asked);
    const early = answer.then(() => {
      throw new Error("It was answered before the server that was to be lost had a file to read.");
    });
    await Promise.race([held, early]);
    await cluster.servers[1]!.kill();
    await expect(early).rejects.toMatchObject({ code: "ENGINE_FAILED" });
  });
});

describe("a cluster of ClickHouse of which a server may not read the bucket", () => {
  let cluster: ClickHouseCluster;
  beforeAll(async () => {
    const other = s3.clickhouseConfig().replace("<secret_access_key>", "<secret_access_key>other");
    cluster = await startCluster(s3.clickhouseConfig(), other);
  });
  afterAll(() => cluster?.stop());

  it("says so, and answers nothing without the files that it was to read", async () => {
    const bronze = await storeIn("keys", 24, 10);
    const { engine } = over(cluster, "keys", SKIPPING);
    const answer = bronze
      .on(engine)
      .asOf(NOON + 20n * SECOND)
      .read("feed", ASKED.asked);
    await expect(answer).rejects.toMatchObject({ code: "ENGINE_FAILED" });
  });
});
