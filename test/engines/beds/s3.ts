import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type * as DuckDB from "@duckdb/node-api";
import { AwsClient } from "aws4fetch";
import { type Storage, s3Storage } from "bronzestore";
import { runToEnd } from "../../foreign-writers/make-files.js";
import { type S3Server, startRadosgw } from "../../servers/radosgw.js";
import { installPackage } from "./npm-package.js";

/** A server of S3 with one bucket, as each engine is told of it. */
export interface S3Place {
  /** The store below a prefix. */
  storage(prefix: string): Storage;
  readonly bucket: string;
  readonly endpoint: string;
  /** What ClickHouse's configuration says of it: the keys, and that `s3://` is there. @param through another address of it */
  clickhouseConfig(through?: string): string;
  /** Spark's settings: the connector on each class path, and where the server is. */
  sparkSettings(jars: string): Record<string, string>;
  /** The statements by which DuckDB learns of it. */
  readonly duckdbSetup: readonly string[];
  stop(): Promise<void>;
}

const [bucket, region] = ["engines", "us-east-1"];

/** Starts radosgw, which `test/servers/install-radosgw.sh` installs, with an empty bucket. */
export async function startS3(): Promise<S3Place> {
  const server: S3Server = await startRadosgw();
  const { endpoint, accessKeyId, secretAccessKey, stop } = server;
  const client = new AwsClient({ accessKeyId, secretAccessKey, service: "s3", region });
  const { ok, status } = await client.fetch(`${endpoint}/${bucket}`, { method: "PUT" });
  if (!ok) {
    await stop();
    throw new Error(`radosgw made no bucket (${status})`);
  }
  const credentials = { accessKeyId, secretAccessKey };
  const host = endpoint.replace("http://", "");
  return {
    storage: (prefix) => s3Storage({ endpoint, bucket, region, credentials, prefix }),
    bucket,
    endpoint,
    clickhouseConfig: (through = endpoint) =>
      `<s3><tests><endpoint>${through}/</endpoint><access_key_id>${accessKeyId}</access_key_id><secret_access_key>${secretAccessKey}</secret_access_key></tests></s3><url_scheme_mappers><s3><to>${through}/{bucket}</to></s3></url_scheme_mappers>`,
    sparkSettings: (jars) => ({
      "spark.driver.extraClassPath": join(jars, "*"),
      "spark.executor.extraClassPath": join(jars, "*"),
      "spark.hadoop.fs.s3a.endpoint": endpoint,
      "spark.hadoop.fs.s3a.endpoint.region": region,
      "spark.hadoop.fs.s3a.path.style.access": "true",
      "spark.hadoop.fs.s3a.access.key": accessKeyId,
      "spark.hadoop.fs.s3a.secret.key": secretAccessKey,
      "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
    }),
    duckdbSetup: [
      `CREATE SECRET (TYPE s3, KEY_ID '${accessKeyId}', SECRET '${secretAccessKey}', ENDPOINT '${host}', REGION '${region}', USE_SSL false, URL_STYLE 'path')`,
    ],
    stop,
  };
}

/**
 * Gets Spark's connector for S3 with Maven, into a folder. Returns it.
 *
 * @throws Error that says what is missing
 */
export function sparkConnector(folder: string): string {
  const pom = fileURLToPath(new URL("spark-s3/pom.xml", import.meta.url));
  const args = ["-q", "-B", "-f", pom, "dependency:copy-dependencies", `-DoutputDirectory=${folder}`];
  runToEnd("Maven is needed for Spark's connector to S3, and a repository that it can reach", "mvn", args);
  if (!readdirSync(folder).some((name) => name.startsWith("hadoop-aws")))
    throw new Error("Maven got no hadoop-aws");
  return folder;
}

/** The version of DuckDB whose extension for S3 pip has: an extension fits one version alone. */
const DUCKDB = { node: "1.5.5-r.1", extension: "1.5.5" };

/** Gets a DuckDB of its own with its extension for S3, into a folder, starts it, and tells it of a server. */
export async function duckdbWithS3(
  python: string,
  folder: string,
  setup: readonly string[],
): Promise<DuckDB.DuckDBInstance> {
  const node = join(folder, "node");
  installPackage(node, `@duckdb/node-api@${DUCKDB.node}`);
  const target = join(folder, "extension");
  const pip = ["-m", "pip", "install", "--quiet", "--no-cache-dir", "--no-deps", "--target", target];
  runToEnd("pip cannot install DuckDB's httpfs", python, [
    ...pip,
    `duckdb-extension-httpfs==${DUCKDB.extension}`,
  ]);
  const { DuckDBInstance } = createRequire(join(node, "package.json"))("@duckdb/node-api") as typeof DuckDB;
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  const file = join(
    target,
    "duckdb_extension_httpfs/extensions",
    `v${DUCKDB.extension}`,
    "httpfs.duckdb_extension",
  );
  await connection.run(`LOAD '${file}'`);
  for (const statement of setup) await connection.run(statement);
  connection.closeSync();
  return instance;
}
