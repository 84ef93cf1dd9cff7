import { createHash } from "node:crypto";

interface StoredObject {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  readonly modified: Date;
  readonly meta: ReadonlyMap<string, string>;
}

/** What a double does to one request: `lost` carries it out and loses the answer, `reset` does not. */
export type Fault = "reset" | "lost" | "cut" | number;

export interface DoubleOptions {
  /** Of real servers some ignore conditions, or ranges. */
  readonly ignores?: "if-none-match" | "if-match" | "if-match on reads" | "range";
  /** Whether ETags are compared in quotes (as HTTP has it) or bare (as radosgw does). */
  readonly etags?: "quoted" | "bare";
  /** Keys to a page of a listing. */
  readonly pageSize?: number;
  /** A fault for the `n`th request, from 1. */
  readonly fault?: (n: number, request: Request) => Fault | undefined;
}

/** A server of one bucket in this process, as far as a storage needs it: asked through `fetch`. */
export function serverDouble({ ignores, etags = "quoted", pageSize = 1000, fault }: DoubleOptions = {}) {
  const objects = new Map<string, StoredObject>();
  const requests: string[] = [];

  const carryOut = async (request: Request): Promise<Response> => {
    const { pathname, searchParams } = new URL(request.url);
    const [, , ...parts] = pathname.split("/");
    const key = parts.map(decodeURIComponent).join("/");
    if (searchParams.get("list-type") === "2") return listed(searchParams);
    const found = objects.get(key);
    switch (request.method) {
      case "PUT": {
        const body = new Uint8Array(await request.arrayBuffer());
        const signed = request.headers.get("x-amz-content-sha256");
        if (signed !== createHash("sha256").update(body).digest("hex"))
          return failed(400, "XAmzContentSHA256Mismatch");
        if (request.headers.get("if-none-match") === "*" && ignores !== "if-none-match" && found)
          return failed(412, "PreconditionFailed");
        const wanted = request.headers.get("if-match");
        if (wanted !== null && ignores !== "if-match") {
          if (!found) return failed(404, "NoSuchKey");
          if (wanted !== (etags === "quoted" ? `"${found.etag}"` : found.etag))
            return failed(412, "PreconditionFailed");
        }
        const etag = createHash("md5").update(body).digest("hex");
        const meta = new Map([...request.headers].filter(([name]) => name.startsWith("x-amz-meta-")));
        objects.set(key, { bytes: body, etag, modified: new Date(), meta });
        return new Response(null, { status: 200, headers: { etag: `"${etag}"` } });
      }
      case "GET":
      case "HEAD":
        if (!found) return failed(404, request.method === "GET" ? "NoSuchKey" : undefined);
        if (isOther(request, found)) return failed(412, "PreconditionFailed");
        return part(request, found);
      case "DELETE":
        objects.delete(key);
        return new Response(null, { status: 204 });
      default:
        return failed(405, "MethodNotAllowed");
    }
  };

  function isOther(request: Request, { etag }: StoredObject): boolean {
    const wanted = request.headers.get("if-match");
    return (
      wanted !== null &&
      ignores !== "if-match on reads" &&
      wanted !== (etags === "quoted" ? `"${etag}"` : etag)
    );
  }

  function part(request: Request, { bytes, etag, modified, meta }: StoredObject): Response {
    const size = bytes.length;
    const headers = {
      etag: `"${etag}"`,
      "last-modified": modified.toUTCString(),
      ...Object.fromEntries(meta),
    };
    const asked = /^bytes=(\d*)-(\d*)$/.exec(request.headers.get("range") ?? "");
    if (!asked || ignores === "range") {
      const body = request.method === "GET" ? bytes : null;
      return new Response(body, { status: 200, headers: { ...headers, "content-length": String(size) } });
    }
    const [from, to] = [asked[1]!, asked[2]!];
    const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
    const end = from === "" || to === "" ? size : Math.min(size, Number(to) + 1);
    if (start >= end) return failed(416, "InvalidRange");
    return new Response(bytes.slice(start, end), {
      status: 206,
      headers: { ...headers, "content-range": `bytes ${start}-${end - 1}/${size}` },
    });
  }

  function listed(query: URLSearchParams): Response {
    const [prefix, delimiter] = [query.get("prefix") ?? "", query.get("delimiter")];
    const after = query.get("continuation-token") ?? "";
    const most = Math.min(pageSize, Number(query.get("max-keys") ?? pageSize));
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    const seen = new Set<string>();
    const entries: { name: string; xml: string }[] = [];
    for (const key of keys) {
      const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
      const name = end < 0 ? key : key.slice(0, end + 1);
      if (seen.has(name)) continue;
      seen.add(name);
      const { bytes, etag, modified } = objects.get(key)!;
      entries.push({
        name,
        xml:
          end < 0
            ? `<Contents><Key>${encodeURIComponent(key)}</Key><LastModified>${modified.toISOString()}</LastModified>` +
              `<ETag>&quot;${etag}&quot;</ETag><Size>${bytes.length}</Size></Contents>`
            : `<CommonPrefixes><Prefix>${encodeURIComponent(name)}</Prefix></CommonPrefixes>`,
      });
    }
    const rest = entries.filter(({ name }) => name > after);
    const page = rest.slice(0, most);
    const isTruncated = rest.length > page.length;
    const token = isTruncated
      ? `<NextContinuationToken>${escaped(page.at(-1)!.name)}</NextContinuationToken>`
      : "";
    return new Response(
      `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
        `<IsTruncated>${isTruncated}</IsTruncated>${token}${page.map(({ xml }) => xml).join("")}</ListBucketResult>`,
    );
  }

  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    requests.push(`${request.method} ${new URL(request.url).pathname}`);
    const what = fault?.(requests.length, request);
    if (what === "reset") throw new TypeError("fetch failed", { cause: { code: "ECONNRESET" } });
    if (typeof what === "number") return failed(what, "SlowDown");
    const answer = await carryOut(request);
    if (what === undefined) return answer;
    throw new TypeError(what === "cut" ? "terminated" : "fetch failed", {
      cause: { code: "UND_ERR_SOCKET" },
    });
  };
  return { fetch, objects, requests };
}

function failed(status: number, code: string | undefined): Response {
  return new Response(code === undefined ? null : `<Error><Code>${code}</Code></Error>`, { status });
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
