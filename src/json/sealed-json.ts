import type * as z from "zod";
import { sha256 } from "../digest.js";
import { BronzeError, type BronzeErrorCode } from "../errors.js";
import { zod } from "../zod/index.js";
import { canonicalJson, type Json } from "./canonical-json.js";

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

/** The same for people: members in their own order, indented by `indent`. The digest does not depend on the form. */
export function encodeSealedAsIs(document: Sealed, indent = 0): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(document, undefined, indent)}\n`);
}

/** What kind of document is expected. */
export interface SealedKind<Schema extends z.ZodObject, Unsealed extends z.ZodObject = never> {
  /** The newest version's members, the digest among them. Other members are refused, unless it says what they may be. */
  readonly schema: Schema;
  /** Members of the version before digests, where trees hold documents of it. */
  readonly unsealed?: Unsealed;
  /**
   * Whether a document is of the sealed form, where members alone do not tell, since the form before digests could have
   * any. It gets the text, for of two members of one name a parser shows only the last, and must see through damage to
   * what it looks for: what it lets through is believed.
   */
  readonly isSealed?: (text: string) => boolean;
  /** For messages: `slate manifest`. */
  readonly name: string;
  /** The newest version that can be read. */
  readonly version: number;
  /** What is thrown of a document that has another form, is newer than this library, or does not match its digest. */
  readonly codes: {
    readonly invalid: BronzeErrorCode;
    readonly newer: BronzeErrorCode;
    readonly tampered: BronzeErrorCode;
  };
}

/**
 * Reads a sealed document and checks its form, its version and its digest. A document with any member that only the
 * sealed form has is held to be sealed: damage to its version cannot switch the digest off.
 *
 * @throws BronzeError the kind's own codes
 */
export function parseSealed<Schema extends z.ZodObject, Unsealed extends z.ZodObject = never>(
  bytes: Uint8Array,
  at: string,
  kind: SealedKind<Schema, Unsealed>,
): z.output<Schema> | z.output<Unsealed> {
  const { codes } = kind;
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    json = JSON.parse(text);
  } catch (cause) {
    throw new BronzeError(
      codes.invalid,
      `${at} is not JSON: ${(cause as Error).message}.`,
      { file: at },
      { cause },
    );
  }
  const unsealed = isUnsealed(json, text, kind) ? kind.unsealed : undefined;
  const version = (json as { version?: unknown } | null)?.version;
  if (!unsealed && typeof version === "number" && version > kind.version) {
    throw new BronzeError(
      codes.newer,
      `${at} is a ${kind.name} of version ${version}; this library reads up to ${kind.version}. Use a newer one.`,
      { file: at, version },
    );
  }
  const schema = unsealed ?? kind.schema;
  const parsed = (schema.def.catchall ? schema : schema.strict()).safeParse(json);
  if (!parsed.success) {
    throw new BronzeError(codes.invalid, `${at} is no ${kind.name}:\n${zod().prettifyError(parsed.error)}`, {
      file: at,
    });
  }
  if (unsealed) return parsed.data as z.output<Unsealed>;
  const { digest, ...rest } = json as Record<string, unknown>;
  const actual = digestIfAny(rest);
  if (actual === digest) return parsed.data as z.output<Schema>;
  throw new BronzeError(
    codes.tampered,
    `${at} says its digest is ${digest}, but it is ${actual ?? "none"}: it was changed.`,
    { file: at, expected: digest, actual },
  );
}

/** Whether a document has the form from before digests: that version, and no member of the sealed form. */
function isUnsealed(
  json: unknown,
  text: string,
  {
    schema,
    unsealed,
    isSealed,
  }: Pick<SealedKind<z.ZodObject, z.ZodObject>, "schema" | "unsealed" | "isSealed">,
): boolean {
  if (!unsealed || typeof json !== "object" || json === null) return false;
  if (isSealed) return !isSealed(text);
  const sealedOnly = Object.keys(schema.shape).filter((member) => !Object.hasOwn(unsealed.shape, member));
  if (sealedOnly.some((member) => Object.hasOwn(json, member))) return false;
  return unsealed.shape.version?.safeParse((json as { version?: unknown }).version).success ?? true;
}

/** `undefined` for what canonical JSON cannot say (half a surrogate pair, ...): nothing was ever sealed so. */
function digestIfAny(document: object): string | undefined {
  try {
    return digestOf(document);
  } catch {
    return undefined;
  }
}

function digestOf(document: object): string {
  return sha256(canonicalJson(document as unknown as Json));
}
