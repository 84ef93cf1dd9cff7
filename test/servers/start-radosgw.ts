import { AwsClient } from "aws4fetch";
import type { TestProject } from "vitest/node";
import { type S3Server, startRadosgw } from "./radosgw.js";

declare module "vitest" {
  interface ProvidedContext {
    readonly s3: Omit<S3Server, "stop"> & { readonly bucket: string; readonly region: string };
  }
}

const [bucket, region] = ["tests", "us-east-1"];

/** Starts the server before the tests, with a bucket; what is given back ends it after them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { stop, ...server } = await startRadosgw();
  const { endpoint, ...credentials } = server;
  const client = new AwsClient({ ...credentials, service: "s3", region });
  const { ok, status } = await client.fetch(`${endpoint}/${bucket}`, { method: "PUT" });
  if (!ok) {
    await stop();
    throw new Error(`radosgw made no bucket (${status})`);
  }
  project.provide("s3", { ...server, bucket, region });
  return stop;
}
