import { BronzeStore } from "bronzestore";
import { clickhouse } from "bronzestore/clickhouse";
import { clickhouseCluster, dialects } from "bronzestore/sql";
import { describe, expect, it } from "vitest";
import { clickhouseOver, clickhousePlace } from "../../src/sql/index.js";
import { odds, quote, run } from "../bronze/feeds.js";
import { duckdbPlaces } from "./duckdb-place.js";

const FILES = {
  form: 2,
  table: undefined,
  prefix: "p",
  columns: [{ name: "a", type: { kind: "text" } }],
} as const;

describe("ClickHouse reads a tree", () => {
  it("on its own disk, by a list of files that need no patterns", () => {
    const dialect = clickhouseOver("/data");
    const { sql } = dialect.source({ ...FILES, files: ["/data/x/1,2.parquet", "/data/y.parquet"] });
    expect(sql).toContain(
      "FROM file(['/data/x/1,2.parquet', '/data/y.parquet'], Parquet, '`a` Nullable(String)')",
    );
    expect(dialect.refusesPath("x/1,2.parquet")).toBeUndefined();
  });

  it.each([
    ["s3://bucket/prefix", "s3://"],
    ["https://host:9000/bucket/prefix", "https://host:9000/"],
  ])("in a bucket, %s, by one pattern and without keys", (root, server) => {
    const dialect = clickhouseOver(root);
    const files = [`${root}/x/1.parquet`, `${root}/y.parquet`];
    const { sql } = dialect.source({ ...FILES, files });
    expect(sql).toContain(`FROM s3('${root}/{x/1.parquet,y.parquet}', Parquet, '\`a\` Nullable(String)')`);
    expect(sql).toContain(`CAST(concat('${server}', _path) AS Nullable(String)) AS path_`);
    const some = Array.from({ length: 501 }, (_, i) => `${root}/${i}.parquet`);
    const many = dialect.source({ ...FILES, files: some, table: "t" }).sql;
    expect(many.split(" UNION ALL ")).toHaveLength(2);
    expect(many).toContain(`FROM s3('${root}/500.parquet', Parquet,`);
  });

  it.each([
    "x/1,2.parquet",
    "x/{1}.parquet",
    "x/1%202.parquet",
    "x/a b.parquet",
    "x/*.parquet",
  ])("in a bucket, but not %s, which would be another file there", (path) => {
    expect(clickhouseOver("s3://bucket").refusesPath(path)).toContain("pattern");
    expect(
      clickhouseOver("s3://bucket").refusesPath("season=2025/date=2026-01-15/x.parquet"),
    ).toBeUndefined();
  });
});

describe("a cluster of ClickHouse reads a tree", () => {
  it.each([
    "s3://bucket/prefix",
    "https://host:9000/bucket/prefix",
  ])("in a bucket, %s, between its servers", (root) => {
    const dialect = clickhouseOver(root, "it's ours");
    const { sql } = dialect.source({ ...FILES, files: [`${root}/x/1.parquet`, `${root}/y.parquet`] });
    expect(sql).toContain(
      `FROM s3Cluster('it\\'s ours', '${root}/{x/1.parquet,y.parquet}', Parquet, '\`a\` Nullable(String)')`,
    );
    expect(dialect.settings).toContain("skip_unavailable_shards=0");
  });

  it("but none on a disk, which is another one on each of them", () => {
    const cannot = { code: "INVALID_ARGUMENT", message: expect.stringContaining("folder of one server") };
    const asked = { query: async () => "", command: async () => undefined };
    expect(() => clickhouse({ root: "/data", cluster: "main", ...asked })).toThrow(
      expect.objectContaining(cannot),
    );
    expect(() => clickhouse({ root: "s3://b/p", cluster: "main", ...asked })).not.toThrow();
    expect(() => clickhouseCluster(7 as never)).toThrow("The cluster is 7; it must be text.");
  });
});

describe("statements for ClickHouse", () => {
  const place = duckdbPlaces();

  it.each([
    { dialect: dialects.clickhouse, reading: "s3(" },
    { dialect: clickhouseCluster("main"), reading: "s3Cluster('main', " },
  ])("read where the root lies, by $reading, of a question and of a join", async ({ dialect, reading }) => {
    const bronze = new BronzeStore({ storage: place().storage, datasets: [odds] });
    await bronze.write("odds_raw", [quote("g1", "dk", -110, "2026-01-15T17:00:00Z")], run("r1"));
    const cutoff = "2026-01-15T23:00:00Z";
    const of = { dialect, root: "s3://bucket/prefix" } as const;
    const asked = await bronze.sql("odds_raw", { ...of, cutoff, date: "2026-01-15" });
    const labels = [{ game_id: "g1", cutoff }];
    const days = { from: "2026-01-15", to: "2026-01-15" };
    const joined = await bronze.sqlJoinAsOf(labels, "odds_raw", {
      ...of,
      on: ["game_id"],
      cutoff: "cutoff",
      ...days,
    });
    for (const statement of [asked.answer, asked.counts, joined.answer, joined.counts]) {
      const text = [...statement.setup, statement.query].join("\n");
      expect(text).toContain(`FROM ${reading}'s3://bucket/prefix/`);
      expect(text).not.toContain("FROM file(");
    }
  });
});

describe("ClickHouse writes", () => {
  it("where the target says, whichever place the tree is in", () => {
    expect(clickhousePlace("/out.parquet").writing("Q", "/out.parquet")).toContain(
      "INTO FUNCTION file('/out.parquet', Parquet) Q",
    );
    expect(clickhousePlace("s3://b/out.parquet").writing("Q", "s3://b/out.parquet")).toContain(
      "INTO FUNCTION s3('s3://b/out.parquet', Parquet) Q",
    );
  });
});
