import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { serverDouble } from "../s3/server-double.js";

// The double of a server of S3 on a port of loopback, which it writes to stdout; every bucket that is named is there. It ends
// when nobody holds its stdin any more.
const buckets = new Map<string, ReturnType<typeof serverDouble>>();

const server = createServer(async (request, response) => {
  const { method = "GET", url = "/" } = request;
  const bucket = url.split(/[/?]/)[1]!;
  const double = buckets.get(bucket) ?? serverDouble();
  buckets.set(bucket, double);
  const body = await buffer(request);
  const answer = await double.fetch(`http://s3.test${url}`, {
    method,
    headers: Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    ...(body.length > 0 && { body }),
  });
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(Buffer.from(await answer.arrayBuffer()));
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
process.stdin.resume().once("end", () => process.exit());
