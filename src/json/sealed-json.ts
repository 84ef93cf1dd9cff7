import type * as z from "zod";
import { sha256 } from "../digest.js";
import { BronzeError, type BronzeErrorCode } from "../errors.js";
import { readBack } from "../read-back.js";
import { zod } from "../zod/index.js";
import { canonicalJson } from "./canonical-json.js";

/** A document that contains its own digest. */
interface Sealed {
  readonly digest: string;
}

/** Adds the digest: SHA-256 of the canonical JSON of all the other members. */
export function seal<T extends object>(document: T): T & { digest: string } {
  return { ...document, digest: digestOf(document) };
}

/** The bytes of a sealed document: canonical JSON and a newline. */
export function encodeSealed(document: Sealed): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${canonicalJson(document)}\n`);
}

/**
 * The same, read back before it is used: a document that would read differently, or not at all, is refused.
 *
 * @param at where it will be written
 * @param parse how its readers read it
 * @throws BronzeError `INVALID_ARGUMENT`: nothing was written
 */
export function encodeReadBack(
  document: Sealed,
  at: string,
  parse: (bytes: Uint8Array, at: string) => Sealed,
): Uint8Array<ArrayBuffer> {
  const bytes = encodeSealed(document);
  readBack(bytes, at, parse, (read) =>
    Buffer.compare(encodeSealed(read), bytes) === 0 ? undefined : "it would read differently",
  );
  return bytes;
}

/** The same for people: members in their given order, indented by `indent`. The digest does not depend on the form. */
export function encodeSealedAsIs(document: Sealed, indent = 0): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(document, undefined, indent)}\n`);
}

/** What kind of document is expected. */
export interface SealedKind<Schema extends z.ZodObject, Unsealed extends z.ZodObject = never> {
  /** The newest version's members, including the digest. Other members are refused, unless the schema allows them. */
  readonly schema: Schema;
  /** Members of the version before digests, if documents of it exist on disk. */
  readonly unsealed?: Unsealed;
  /**
   * Whether a document is of the sealed form, for a kind where members alone do not show it because the form before
   * digests could have any. It gets the text, because of two members with one name a parser shows only the last. It
   * must recognize what it looks for in spite of damage: a document it calls unsealed is trusted.
   */
  readonly isSealed?: ((text: string) => boolean) | undefined;
  /** For messages: `slate manifest`. */
  readonly name: string;
  /** The newest version that can be read. */
  readonly version: number;
  /** What to do about a refused document, put after the problem: `Restore it.` */
  readonly advice?: string;
  /** Error codes for a document that has another form, is newer than this library, or does not match its digest. */
  readonly codes: {
    readonly invalid: BronzeErrorCode;
    readonly newer: BronzeErrorCode;
    readonly tampered: BronzeErrorCode;
  };
}

/**
 * Reads a sealed document and checks its form, its version and its digest. A document with any member that only the
 * sealed form has counts as sealed: damage to its version cannot switch the digest off.
 *
 * @throws BronzeError the kind's own codes
 */
export function parseSealed<Schema extends z.ZodObject, Unsealed extends z.ZodObject = never>(
  bytes: Uint8Array,
  at: string,
  kind: SealedKind<Schema, Unsealed>,
): z.output<Schema> | z.output<Unsealed> {
  const text = textOf(bytes, at, kind);
  const json = jsonOf(text, at, kind);
  return check(json, text, at, kind);
}

/**
 * Reads a file as JSON, to tell which kind of document it is.
 *
 * @param invalid the code of the error where it is none
 */
export function parseJson(bytes: Uint8Array, at: string, invalid: BronzeErrorCode): unknown {
  const kind = { codes: { invalid } };
  return jsonOf(textOf(bytes, at, kind), at, kind);
}

/** What reading a file as JSON needs to know of its kind. */
interface ReadAsJson {
  readonly advice?: string;
  readonly codes: { readonly invalid: BronzeErrorCode };
}

function textOf(bytes: Uint8Array, at: string, kind: ReadAsJson): string {
  return asJson(at, kind, () => new TextDecoder("utf-8", { fatal: true }).decode(bytes));
}

function jsonOf(text: string, at: string, kind: ReadAsJson): unknown {
  return asJson(at, kind, () => JSON.parse(text) as unknown);
}

function asJson<T>(at: string, kind: ReadAsJson, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new BronzeError(
      kind.codes.invalid,
      `${at} is not JSON: ${(cause as Error).message}.${advice(kind)}`,
      { file: at },
      { cause },
    );
  }
}

/**
 * Checks a sealed document that was already parsed as JSON, as `parseSealed` does; for a kind whose members show its
 * form.
 *
 * @throws BronzeError the kind's own codes
 */
export function checkSealed<Schema extends z.ZodObject, Unsealed extends z.ZodObject = never>(
  json: unknown,
  at: string,
  kind: Omit<SealedKind<Schema, Unsealed>, "isSealed">,
): z.output<Schema> | z.output<Unsealed> {
  return check(json, "", at, { ...kind, isSealed: undefined });
}

function check<Schema extends z.ZodObject, Unsealed extends z.ZodObject>(
  json: unknown,
  text: string,
  at: string,
  kind: SealedKind<Schema, Unsealed>,
): z.output<Schema> | z.output<Unsealed> {
  const { codes } = kind;
  const unsealed = isUnsealed(json, text, kind) ? kind.unsealed : undefined;
  const version = (json as { version?: unknown } | null | undefined)?.version;
  if (!unsealed && typeof version === "number" && version > kind.version) {
    throw new BronzeError(
      codes.newer,
      `${at} is a ${kind.name} of version ${version}; this library reads up to ${kind.version}. Use a newer one.`,
      { file: at, version },
    );
  }
  const invalid = (problem: string, cause?: unknown) =>
    new BronzeError(
      codes.invalid,
      `${at} is no ${kind.name}:\n${problem}${advice(kind)}`,
      { file: at },
      { cause },
    );
  if (typeof json !== "object" || json === null) throw invalid("it is no object");
  const schema = unsealed ?? kind.schema;
  const { digest, ...rest } = json as Record<string, unknown>;
  let actual: string | undefined;
  let parsed: z.ZodSafeParseResult<unknown>;
  try {
    // First, because it refuses what a schema should not have to handle: endless nesting, names that get lost.
    if (!unsealed) actual = isAsSealed(text, json, digest) ? (digest as string) : digestOf(rest);
    parsed = (schema.def.catchall ? schema : schema.strict()).safeParse(json);
  } catch (cause) {
    throw invalid((cause as Error).message, cause);
  }
  if (!parsed.success) throw invalid(zod().prettifyError(parsed.error));
  if (unsealed) return parsed.data as z.output<Unsealed>;
  if (actual === digest) return parsed.data as z.output<Schema>;
  throw new BronzeError(
    codes.tampered,
    `${at} says its digest is ${digest}, but it is ${actual}: it was changed.${advice(kind)}`,
    { file: at, expected: digest, actual },
  );
}

function advice({ advice }: { readonly advice?: string }): string {
  return advice === undefined ? "" : `\n${advice}`;
}

/** Whether a document has the form before digests: that version, and no member of the sealed form. */
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

/**
 * Whether a text is, but for the digest in it, what was sealed: then it need not be written again to be compared, which of a
 * long document takes longer than all else. A text that could be another way to write the same is not looked at here.
 */
function isAsSealed(text: string, json: object, digest: unknown): boolean {
  const member = `"digest":"${digest}",`;
  const at = text.indexOf(member);
  if (at < 0 || /\\u|__proto__/.test(text) || `${JSON.stringify(json)}\n` !== text) return false;
  return sha256(text.slice(0, at) + text.slice(at + member.length, -1)) === digest;
}

function digestOf(document: object): string {
  return sha256(canonicalJson(document));
}
