import type * as z from "zod";
import { BronzeError } from "../errors.js";
import { zod } from "../zod/index.js";
import { canonicalJson, type Json, sha256 } from "./canonical-json.js";

/** A document that carries its own digest. */
export interface Sealed {
  readonly digest: string;
}

/** Adds the digest: SHA-256 of the canonical JSON of all the other members. */
export function seal<T extends object>(document: T): T & { digest: string } {
  return { ...document, digest: digestOf(document) };
}

/** The bytes of a sealed document: canonical JSON and a newline. */
export function encodeSealed(document: Sealed): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${canonicalJson(document as unknown as Json)}\n`);
}

/** What kind of document is expected. */
export interface SealedKind<Schema extends z.ZodObject> {
  readonly schema: Schema;
  /** For messages: `slate manifest`. */
  readonly name: string;
  /** The newest version that can be read. */
  readonly version: number;
}

/**
 * Reads a sealed document and checks its form, its version and its digest.
 *
 * @throws BronzeError `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`
 */
export function parseSealed<Schema extends z.ZodObject>(
  bytes: Uint8Array,
  at: string,
  kind: SealedKind<Schema>,
): z.output<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new BronzeError(
      "MANIFEST_INVALID",
      `${at} is not JSON: ${(cause as Error).message}.`,
      { file: at },
      { cause },
    );
  }
  const version = (json as { version?: unknown } | null)?.version;
  if (typeof version === "number" && version > kind.version) {
    throw new BronzeError(
      "MANIFEST_VERSION",
      `${at} is a manifest of version ${version}; this library reads up to ${kind.version}. Use a newer one.`,
      { file: at, version },
    );
  }
  const parsed = kind.schema.strict().safeParse(json);
  if (!parsed.success) {
    throw new BronzeError(
      "MANIFEST_INVALID",
      `${at} is no ${kind.name}:\n${zod().prettifyError(parsed.error)}`,
      {
        file: at,
      },
    );
  }
  const { digest, ...rest } = parsed.data as Record<string, unknown>;
  const actual = digestOf(rest);
  if (actual === digest) return parsed.data as z.output<Schema>;
  throw new BronzeError(
    "MANIFEST_TAMPERED",
    `${at} says its digest is ${digest}, but it is ${actual}: it was changed.`,
    { file: at, expected: digest, actual },
  );
}

function digestOf(document: object): string {
  return sha256(canonicalJson(document as unknown as Json));
}
