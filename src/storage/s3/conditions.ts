import { BronzeError } from "../../errors.js";
import type { S3Answer, SendRequest } from "./requests.js";
import { NONCE_HEADER, newNonce } from "./requests.js";

/** Writes of which the server keeps the condition. */
export interface ConditionalWrites {
  /** Put if absent: whether these bytes are now the object. */
  create(key: string, body: Uint8Array): Promise<Written | undefined>;
  /** Put if the object still is the version of this ETag. */
  swap(key: string, body: Uint8Array, etag: string): Promise<Written | undefined>;
}

export interface Written {
  readonly etag: string;
}

/**
 * Conditional writes over a server that was seen to keep conditions. A PUT whose answer was lost is known as our own by its
 * mark, never by equal bytes: two writers may write the same.
 *
 * @param etagForm as `probeConditions` found it
 */
export function conditionalWrites(send: SendRequest, etagForm: (etag: string) => string): ConditionalWrites {
  async function put(
    key: string,
    body: Uint8Array,
    condition: Readonly<Record<string, string>>,
  ): Promise<Written | undefined> {
    const nonce = newNonce();
    const answer = await send({ method: "PUT", key, body, headers: { ...condition, [NONCE_HEADER]: nonce } });
    if (answer.status === 200) return { etag: answer.etag! };
    const isRefused = answer.status === 412 || (answer.status === 404 && "if-match" in condition);
    if (!isRefused) throw refused(answer, key);
    if (!answer.isAfterLostAnswer) return undefined;
    const now = await send({ method: "HEAD", key });
    return now.status === 200 && now.headers.get(NONCE_HEADER) === nonce ? { etag: now.etag! } : undefined;
  }

  return {
    create: (key, body) => put(key, body, { "if-none-match": "*" }),
    swap: (key, body, etag) => put(key, body, { "if-match": etagForm(etag) }),
  };
}

/**
 * Sees that a server keeps conditions, with an object of its own that it removes again, and how it wants an ETag: in quotes,
 * as HTTP has it, or bare, as radosgw does.
 *
 * @throws BronzeError `STORAGE_UNSUPPORTED` for a server that ignores them
 */
export async function probeConditions(
  send: SendRequest,
  prefix: string,
  where: string,
): Promise<(etag: string) => string> {
  const key = `${prefix}.bronzestore-probe-${newNonce()}`;
  const text = (content: string) => new TextEncoder().encode(content);
  const forms = [(etag: string) => `"${etag}"`, (etag: string) => etag];
  try {
    const { create } = conditionalWrites(send, forms[0]!);
    const made = await create(key, text("1"));
    if (!made || (await create(key, text("2")))) throw ignores(where, "If-None-Match: *");
    for (const form of forms) {
      const { swap } = conditionalWrites(send, form);
      if (await swap(key, text("3"), "0".repeat(32))) throw ignores(where, "If-Match");
    }
    for (const form of forms)
      if (await conditionalWrites(send, form).swap(key, text("4"), made.etag)) return form;
    throw ignores(where, "If-Match with the ETag it gave");
  } finally {
    await send({ method: "DELETE", key });
  }
}

function ignores(where: string, condition: string): BronzeError {
  return new BronzeError(
    "STORAGE_UNSUPPORTED",
    `${where} does not keep the condition ${condition} of a PUT, so that two writers could each believe they were the only one; nothing was written. Use a server that keeps conditional writes (AWS S3, Ceph, MinIO, R2).`,
    { where, condition },
  );
}

/** `STORAGE_FAILED` for an answer that is neither yes nor the condition's no. Only its code is told. */
export function refused({ status, code }: S3Answer, key: string): BronzeError {
  const cause = code ?? String(status);
  const remedy =
    status === 401 || status === 403
      ? "see that these credentials may do that"
      : code === "NoSuchBucket"
        ? "make the bucket, or name another"
        : "see what the server says of it";
  return new BronzeError(
    "STORAGE_FAILED",
    `The request for ${JSON.stringify(key)} was refused (${status} ${cause}); ${remedy}, then do it again`,
    { path: key, cause, status },
  );
}
