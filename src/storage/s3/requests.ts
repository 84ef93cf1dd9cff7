import type { AwsClient } from "aws4fetch";
import { randomHex, sha256 } from "../../digest.js";
import { BronzeError } from "../../errors.js";
import { assertOptions, given, type OptionTable } from "../../options.js";
import { type S3Message, traced } from "../../telemetry/index.js";
import type { TellRequest } from "../storage.js";
import { backoffMs, isWorthRetrying, MOST_ATTEMPTS } from "./backoff.js";
import { errorCodeIn, unquoted } from "./listing-page.js";

/**
 * What signs requests. It is in no error, no log and no file.
 *
 * @category Storage
 */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of credentials that end: each request says it too. */
  readonly sessionToken?: string;
  /** When they end; a function is asked again a minute before. Left out: never. */
  readonly expiration?: Date;
}

export interface S3Request {
  readonly method: "GET" | "HEAD" | "PUT" | "DELETE";
  /** Key of the object; left out, the bucket itself. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Told of each attempt. */
  readonly tell?: TellRequest;
}

export interface S3Answer {
  readonly status: number;
  /** Of an error with a body: `NoSuchKey`. */
  readonly code: string | undefined;
  readonly etag: string | undefined;
  readonly headers: Headers;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether an attempt before this one may have been carried out though its answer was lost. */
  readonly isAfterLostAnswer: boolean;
}

/** Where requests go, and what they need besides. */
export interface S3Target {
  /** Without a key: `http://127.0.0.1:7480/bucket`. */
  readonly bucketUrl: string;
  readonly region: string;
  readonly credentials: S3Credentials | (() => S3Credentials | Promise<S3Credentials>);
  /** For messages: never with a secret. */
  readonly where: string;
  /** Milliseconds an attempt may take. */
  readonly timeoutMs: number;
  readonly fetch: typeof globalThis.fetch;
  readonly random: () => number;
  /** Milliseconds since the epoch, as this machine believes: requests are signed with it. */
  readonly wallMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export type SendRequest = (request: S3Request) => Promise<S3Answer>;

/**
 * Sends signed requests, and tries again where that may help: 5xx, 429, 409, timeouts, resets, an answer cut short. Every
 * answer below 500 that is none of these is returned, whatever its status.
 */
export function sender(target: S3Target): SendRequest {
  const clientOf = signer(target);
  /** How far the server's clock is ahead of ours, once it said that ours is wrong. */
  let aheadMs = 0;

  async function once(request: S3Request): Promise<Omit<S3Answer, "isAfterLostAnswer">> {
    const { method, body } = request;
    const client = await clientOf();
    const signed = await client.sign(urlOf(target.bucketUrl, request), {
      method,
      ...(body && { body: body as Uint8Array<ArrayBuffer> }),
      headers: {
        // Signed with its content: what arrives otherwise is refused.
        "x-amz-content-sha256": sha256(body ?? ""),
        // To a range fetch itself adds it; said twice, it is no longer what was signed.
        ...(!request.headers?.range && { "accept-encoding": "identity" }),
        ...request.headers,
      },
      aws: { datetime: amzDate(target.wallMs() + aheadMs) },
    });
    const kind = request.key === undefined ? "listing" : "other";
    let bytes = new Uint8Array();
    let answer: Response;
    try {
      answer = await target.fetch(signed, { signal: AbortSignal.timeout(target.timeoutMs) });
      bytes = new Uint8Array(await answer.arrayBuffer());
    } finally {
      request.tell?.(kind, kind === "listing" ? 0 : bytes.length);
    }
    const { status, headers } = answer;
    const etag = headers.get("etag");
    return {
      status,
      code: status >= 400 ? errorCodeIn(new TextDecoder().decode(bytes)) : undefined,
      etag: etag === null ? undefined : unquoted(etag),
      headers,
      bytes,
    };
  }

  return (request) =>
    traced(
      "bronzestore:s3",
      () => messageOf(target, request),
      (message) => send(request, message),
      ({ status, bytes }) => ({ status, bytes: bytes.length }),
    );

  async function send(request: S3Request, message?: S3Message): Promise<S3Answer> {
    let isAfterLostAnswer = false;
    const remedied = new Set<Remedy>();
    for (let attempt = 1; ; attempt++) {
      if (message) message.attempts = attempt;
      let failure: unknown;
      try {
        const answer = await once(request);
        const remedies = remediesOf(request, answer).filter((remedy) => !remedied.has(remedy));
        for (const remedy of remedies) {
          remedied.add(remedy);
          if (remedy === "new credentials") clientOf.forget();
          else aheadMs = Date.parse(answer.headers.get("date") ?? "") - target.wallMs() || 0;
        }
        if (remedies.length > 0 && attempt < MOST_ATTEMPTS) continue;
        if (!isWorthRetrying(answer.status)) return { ...answer, isAfterLostAnswer };
        isAfterLostAnswer ||= answer.status >= 500;
        failure = answer;
      } catch (error) {
        if (error instanceof BronzeError) throw error;
        isAfterLostAnswer = true;
        failure = error;
      }
      if (attempt === MOST_ATTEMPTS) throw unanswered(target, request, failure);
      await target.sleep(backoffMs(attempt, target.random));
    }
  }
}

/** Of what is sent, what may be told: no header, and of a listing only where it looks. */
function messageOf({ where }: S3Target, { method, key, query }: S3Request): S3Message {
  return { method, key, prefix: query?.prefix, where, attempts: 0 };
}

/** What may help where a request was not taken for who or when it said it is from. */
type Remedy = "the server's time" | "new credentials";

/** An answer to HEAD has no body that says which: it may be either. */
function remediesOf({ method }: S3Request, { status, code }: Omit<S3Answer, "isAfterLostAnswer">): Remedy[] {
  const isUnsaid = method === "HEAD" && code === undefined && (status === 400 || status === 403);
  const remedies: Remedy[] = [];
  if (isUnsaid || code === "RequestTimeTooSkewed") remedies.push("the server's time");
  if (isUnsaid || code === "ExpiredToken") remedies.push("new credentials");
  return remedies;
}

/** A PUT's own mark, in its object's metadata: by it a PUT is known as ours though its answer was lost. */
export const NONCE_HEADER = "x-amz-meta-bronzestore-put";

export function newNonce(): string {
  return randomHex(16);
}

/** The client that signs; credentials of a function are asked for again before they end. */
function signer({ credentials, region, wallMs }: S3Target): (() => Promise<AwsClient>) & { forget(): void } {
  let known: { readonly client: AwsClient; readonly untilMs: number } | undefined;
  let loaded: Promise<typeof import("aws4fetch")> | undefined;
  const client = async () => {
    if (known && wallMs() < known.untilMs) return known.client;
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = usable(
      typeof credentials === "function" ? await credentials() : credentials,
    );
    loaded ??= import("aws4fetch");
    const { AwsClient } = await loaded;
    const made = new AwsClient({
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
      service: "s3",
      region,
      retries: 0,
    });
    const untilMs = expiration ? expiration.getTime() - A_MINUTE_MS : Number.POSITIVE_INFINITY;
    known = { client: made, untilMs };
    return made;
  };
  return Object.assign(client, {
    forget() {
      known = undefined;
    },
  });
}

const A_MINUTE_MS = 60_000;

/** An error about credentials never shows them: what is no text may still have a secret in it. */
const CREDENTIALS: OptionTable<S3Credentials> = {
  accessKeyId: given,
  secretAccessKey: given,
  sessionToken: given,
  expiration: given,
};

/**
 * Credentials as a user wrote them.
 *
 * @throws BronzeError `INVALID_ARGUMENT` for a misspelt name, and as `usable`
 */
export function assertCredentials(credentials: S3Credentials): void {
  assertOptions(credentials, CREDENTIALS, "s3Storage: credentials");
  usable(credentials);
}

/** What a function gave may have more in it: the SDK's providers say whose account it is. */
function usable(credentials: S3Credentials): S3Credentials {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials ?? {};
  const isText = (value: unknown) => typeof value === "string" && value !== "";
  const isWhole = isText(accessKeyId) && isText(secretAccessKey);
  const isToken = sessionToken === undefined || isText(sessionToken);
  const isEnd =
    expiration === undefined || (expiration instanceof Date && !Number.isNaN(expiration.getTime()));
  if (isWhole && isToken && isEnd) return credentials;
  const [name, kind] = !isWhole
    ? ["accessKeyId and secretAccessKey", "text"]
    : isToken
      ? ["expiration", "a Date, or left out"]
      : ["sessionToken", "text, or left out"];
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `The credentials need ${name} as ${kind}; give { accessKeyId, secretAccessKey } or a function that gives them.`,
    {},
  );
}

function urlOf(bucketUrl: string, { key, query }: S3Request): string {
  const path = key === undefined ? "" : `/${key.split("/").map(encoded).join("/")}`;
  const parameters = Object.entries(query ?? {}).map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  return `${bucketUrl}${path}${parameters.length > 0 ? `?${parameters.join("&")}` : ""}`;
}

/** RFC 3986, as signatures have it: `encodeURIComponent` leaves five more as they are. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function amzDate(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

function unanswered({ where }: S3Target, { method, key }: S3Request, failure: unknown): BronzeError {
  const cause =
    failure instanceof Error
      ? ((failure.cause as { code?: string } | undefined)?.code ?? failure.name)
      : `${(failure as S3Answer).status} ${(failure as S3Answer).code ?? ""}`.trim();
  return new BronzeError(
    "STORAGE_FAILED",
    `${where} did not answer ${method} ${JSON.stringify(key ?? "")} after ${MOST_ATTEMPTS} attempts (${cause}); see that it is there, then do it again`,
    { path: key, where, action: method, cause },
  );
}
