import { BronzeError } from "../../errors.js";
import { assertMost } from "../arguments.js";
import { assertFolder, assertPath } from "../path.js";
import type { OpenedVersion, Reading, StorageEntry, StorageStat, TellRequest, TreeFile } from "../storage.js";
import { assertRange, notAFile, notFound, type Place, versionGone } from "../storage-error.js";
import { refused } from "./conditions.js";
import { type ListedObject, type ListingPage, parseListing } from "./listing-page.js";
import type { S3Answer, S3Request, SendRequest } from "./requests.js";

/** Where to read. */
interface ReadFrom {
  readonly send: SendRequest;
  /** What each key begins with: empty, or with a slash at its end. */
  readonly root: string;
  /** For messages. */
  readonly where: string;
  /** How the server wants an ETag, once that was seen: shared by all that read from it. */
  readonly etags: { form?: (etag: string) => string };
}

/** What reading from S3 is, and what its writing needs to look at. */
interface S3Reading extends Required<Reading> {
  /** What is at a path, if it is an object. */
  head(path: string): Promise<StorageStat | undefined>;
  /** Whether anything lies below a path. */
  isFolder(path: string): Promise<boolean>;
}

/** @param tell told of each request */
export function s3Reading({ send: sendAny, root, where, etags }: ReadFrom, tell?: TellRequest): S3Reading {
  const send = (request: S3Request) => sendAny(tell ? { ...request, tell } : request);
  const keyOf = (path: string) => `${root}${path}`;
  const prefixOf = (path: string) => (path === "" ? root : `${keyOf(assertFolder(path))}/`);

  const page = async (prefix: string, query: Readonly<Record<string, string>>): Promise<ListingPage> => {
    const answer = await send({
      method: "GET",
      query: { "list-type": "2", "encoding-type": "url", prefix, ...query },
    });
    if (answer.status !== 200) throw refused(answer, prefix);
    try {
      return parseListing(new TextDecoder().decode(answer.bytes));
    } catch (error) {
      throw new BronzeError(
        "STORAGE_FAILED",
        `${where} gave a listing that cannot be read (${(error as Error).message}); see that it speaks S3 (ListObjectsV2)`,
        { path: prefix, where, action: "list", cause: "MALFORMED" },
        { cause: error },
      );
    }
  };

  /** Page after page. */
  async function* pages(
    prefix: string,
    query: Readonly<Record<string, string>>,
  ): AsyncGenerator<ListingPage> {
    let next: string | undefined;
    do {
      const found = await page(prefix, next === undefined ? query : { ...query, "continuation-token": next });
      yield found;
      next = found.next;
    } while (next !== undefined);
  }

  const isFolder = async (path: string): Promise<boolean> => {
    const { objects } = await page(prefixOf(path), { "max-keys": "1" });
    return objects.length > 0;
  };

  const head = async (path: string): Promise<StorageStat | undefined> => {
    const answer = await send({ method: "HEAD", key: keyOf(path) });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refused(answer, keyOf(path));
    return {
      sizeBytes: Number(answer.headers.get("content-length")),
      modifiedMs: Date.parse(answer.headers.get("last-modified") ?? ""),
    };
  };

  /** A range of one version: its bytes, or `undefined` where that is gone. Servers want the ETag in quotes, or bare. */
  const rangeOf = async (key: string, etag: string, range: string): Promise<S3Answer | undefined> => {
    for (const form of etags.form ? [etags.form] : ETAG_FORMS) {
      const answer = await send({ method: "GET", key, headers: { range, "if-match": form(etag) } });
      if (isGone(answer)) return undefined;
      if (answer.status === 412) continue;
      if (answer.status !== 206 && answer.status !== 200) throw refused(answer, key);
      // Of a server that does not look at the condition, the version that it gave says the same.
      if (answer.etag !== etag) return undefined;
      etags.form = form;
      return answer;
    }
    return undefined;
  };

  return {
    head,
    isFolder,

    async list(path) {
      const prefix = prefixOf(path);
      const entries: StorageEntry[] = [];
      const add = (key: string, kind: StorageEntry["kind"]) => {
        const name = key.slice(prefix.length).replace(/\/$/, "");
        // A marker of the folder itself, as consoles leave it; `a//b` is below no name.
        if (name !== "") entries.push({ name, kind });
      };
      for await (const { objects, prefixes } of pages(prefix, { delimiter: "/" })) {
        for (const { key } of objects) add(key, "file");
        for (const key of prefixes) add(key, "folder");
      }
      if (entries.length === 0 && path !== "" && (await head(path)))
        throw notAFile({ path, where }, "a file", "a folder");
      return entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    },

    async listTree(path, mostFiles) {
      const most = assertMost(mostFiles, "most");
      const prefix = prefixOf(path);
      const files: TreeFile[] = [];
      const query: Record<string, string> = most < MOST_OF_A_PAGE ? { "max-keys": `${most}` } : {};
      for await (const { objects } of pages(prefix, query)) {
        for (const object of objects) files.push(...treeFile(object, prefix));
        if (files.length >= most) break;
      }
      return files;
    },

    async read(path) {
      const place = { path: assertPath(path), where };
      const answer = await send({ method: "GET", key: keyOf(path) });
      if (answer.status === 200) return answer.bytes;
      if (!isGone(answer)) throw refused(answer, keyOf(path));
      if (await isFolder(path)) throw notAFile(place, "a folder", "a file");
      throw notFound(place);
    },

    async openVersion(path, wanted): Promise<OpenedVersion> {
      const tailBytes = assertMost(wanted, "tailBytes");
      const place: Place = { path: assertPath(path), where };
      const key = keyOf(path);
      const isWhole = tailBytes === Number.POSITIVE_INFINITY;
      const answer = await send({
        method: "GET",
        key,
        ...(!isWhole && { headers: { range: `bytes=-${tailBytes}` } }),
      });
      if (isGone(answer)) throw notFound(place);
      // Of an empty object no range can be given.
      const isEmpty = answer.status === 416;
      if (answer.status !== 200 && answer.status !== 206 && !isEmpty) throw refused(answer, key);
      const version = answer.etag ?? "";
      const tail = isEmpty ? new Uint8Array() : answer.bytes;
      const sizeBytes = answer.status === 206 ? sizeInRange(answer, place) : tail.length;
      return {
        version,
        sizeBytes,
        tail,
        async read(start, end) {
          assertRange(place, sizeBytes, start, end);
          if (start === end) return new Uint8Array();
          const range = await rangeOf(key, version, `bytes=${start}-${end - 1}`);
          if (!range) throw versionGone(place);
          const bytes = range.status === 200 ? range.bytes.slice(start, end) : range.bytes;
          if (bytes.length === end - start) return bytes;
          throw malformedRange(place, `${bytes.length} bytes where ${end - start} were asked for`);
        },
        close() {},
      };
    },

    async stat(path) {
      const place = { path: assertPath(path), where };
      const found = await head(path);
      if (!found && (await isFolder(path))) throw notAFile(place, "a folder", "a file");
      return found;
    },
  };
}

const MOST_OF_A_PAGE = 1000;

/** In quotes, as HTTP has it, or bare, as radosgw does. */
const ETAG_FORMS = [(etag: string) => `"${etag}"`, (etag: string) => etag];

function isGone({ status, code }: S3Answer): boolean {
  return status === 404 && code !== "NoSuchBucket";
}

/** None for a marker of a folder, and for keys that are no paths: as in the listing of a folder. */
function treeFile({ key, sizeBytes, etag }: ListedObject, prefix: string): TreeFile[] {
  const path = key.slice(prefix.length);
  return path.split("/").includes("") ? [] : [{ path, sizeBytes, version: etag }];
}

function sizeInRange({ headers }: S3Answer, place: Place): number {
  const said = headers.get("content-range");
  const size = /^bytes \d+-\d+\/(\d+)$/.exec(said ?? "")?.[1];
  if (size === undefined) throw malformedRange(place, `a range without a size (${said})`);
  return Number(size);
}

function malformedRange({ path, where }: Place, what: string): BronzeError {
  return new BronzeError(
    "STORAGE_FAILED",
    `${where} answered a range of "${path}" with ${what}; see that it keeps HTTP ranges`,
    { path, where, action: "read", cause: "MALFORMED" },
  );
}
