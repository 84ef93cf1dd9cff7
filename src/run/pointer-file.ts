import type * as z from "zod";
import { BronzeError } from "../errors.js";
import {
  encodeSealedAsIs,
  isNearly,
  type Json,
  parseSealed,
  type SealedKind,
  seal,
  toJsonObject,
} from "../json/index.js";
import { formatInstant, toEpochNs } from "../time/index.js";
import { lazySchema, safeParse, zod } from "../zod/index.js";

/**
 * Which run is the latest: the content of a `latest_run.json`. Instants are epoch nanoseconds here and ISO-8601 text in
 * the file; `Fields` are what else it holds.
 *
 * @category Runs
 */
export type Pointer<Fields = unknown> = {
  readonly run_id: string;
  /** Cutoff of the run. */
  readonly run_as_of_ts: bigint;
  /** When the pointer was written, where it says so: this library always does, other programs may not. */
  readonly generated_at?: bigint;
  /** What the run's inputs said, where it was given. */
  readonly inputs_digest?: string;
} & Fields;

/**
 * A pointer of this library, which says when it was written.
 *
 * @category Runs
 */
export type WrittenPointer = Pointer & { readonly generated_at: bigint };

/** The member that says that a pointer has its digest: a pointer of 0.1 may have any other member. */
const FORMAT = "bronzestore.pointer";
const VERSION = 2;

const instantText = () =>
  zod()
    .string()
    .transform((text, context) => {
      try {
        return toEpochNs(text, "the pointer's time");
      } catch (error) {
        context.issues.push({ code: "custom", message: (error as Error).message, input: text });
        return zod().NEVER;
      }
    });

/**
 * Version 1, as 0.1 and other programs write it: a run and its cutoff, which is all that some of them say; whatever else
 * it holds is the user's.
 */
const unsealedSchema = lazySchema(() => {
  const z = zod();
  return z.looseObject({
    run_id: z.string().min(1),
    run_as_of_ts: instantText(),
    generated_at: instantText().nullish(),
    inputs_digest: z.string().nullish(),
  });
});

const sealedSchema = lazySchema(() => {
  const z = zod();
  return unsealedSchema.extend({
    generated_at: instantText(),
    inputs_digest: z.string().optional(),
    format: z.literal(FORMAT),
    version: z.literal(VERSION),
    digest: z.string().regex(/^[0-9a-f]{64}$/),
  });
});

const kind: SealedKind<typeof sealedSchema, typeof unsealedSchema> = {
  schema: sealedSchema,
  unsealed: unsealedSchema,
  isSealed: looksSealed,
  name: "pointer",
  version: VERSION,
  codes: { invalid: "POINTER_INVALID", newer: "POINTER_INVALID", tampered: "POINTER_INVALID" },
};

/** A pointer's own members; the user's are added to them. */
const OWN_MEMBERS = [
  "run_id",
  "run_as_of_ts",
  "generated_at",
  "inputs_digest",
  "format",
  "version",
  "digest",
];

/**
 * @param fields schema of the other members
 * @throws BronzeError `POINTER_INVALID`
 */
export function parsePointer<Fields extends z.core.$ZodObject>(
  bytes: Uint8Array,
  path: string,
  fields: Fields | undefined,
): Pointer<z.output<Fields>> {
  try {
    const { run_id, run_as_of_ts, generated_at, inputs_digest, ...members } = parseSealed(bytes, path, kind);
    const known = {
      run_id,
      run_as_of_ts,
      ...(generated_at != null && { generated_at }),
      ...(inputs_digest != null && { inputs_digest }),
    };
    const own = safeParse(fields ?? zod().object({}), ownFields(bytes, members));
    if (!own.success)
      throw new BronzeError(
        "POINTER_INVALID",
        `${path} does not have the expected fields:\n${zod().prettifyError(own.error)}`,
        { file: path },
      );
    return { ...own.data, ...known } as Pointer<z.output<Fields>>;
  } catch (error) {
    if (!(error instanceof BronzeError) || error.code !== "POINTER_INVALID") throw error;
    const remedy = "Restore it, or write it again with { force: true }.";
    throw new BronzeError("POINTER_INVALID", `${error.message}\n${remedy}`, error.details, { cause: error });
  }
}

/** The members that the user's schema gets: all in the file except those of the seal. */
function ownFields(bytes: Uint8Array, { format }: { readonly format?: unknown }): object {
  const members = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  if (format !== FORMAT) return members;
  const { format: _format, version: _version, digest: _digest, ...rest } = members;
  return rest;
}

/**
 * The bytes of a pointer: `format` first and `digest` last, with all the rest between them. They were read back.
 *
 * @throws BronzeError `INVALID_ARGUMENT`
 */
export function encodePointer(
  { run_id, run_as_of_ts, generated_at, inputs_digest }: WrittenPointer,
  fields: Readonly<Record<string, Json>> | undefined,
  path: string,
): Uint8Array<ArrayBuffer> {
  const own = ownOf(fields, path);
  const document = {
    format: FORMAT,
    run_id,
    run_as_of_ts: formatInstant(run_as_of_ts),
    generated_at: formatInstant(generated_at),
    ...(inputs_digest !== undefined && { inputs_digest }),
    ...own,
    version: VERSION,
  };
  try {
    const bytes = encodeSealedAsIs(seal(document));
    parseSealed(bytes, path, kind);
    return bytes;
  } catch (cause) {
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `${path} was not written because it could not be read back: ${(cause as Error).message}`,
      { path, run_id },
      { cause },
    );
  }
}

/** The user's fields as they will be read back. @throws BronzeError `INVALID_ARGUMENT` */
function ownOf(fields: unknown, path: string): Record<string, Json> {
  const own = toJsonObject(fields, "fields");
  const clash = Object.keys(own).find((name) => OWN_MEMBERS.includes(name));
  if (clash === undefined) return own;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `The fields of ${path} may not hold "${clash}"; it is the pointer's own.`,
    { path },
  );
}

/**
 * Whether a pointer declares a digest, recognized in spite of damage: some text in it is nearly the format's name, or
 * it ends in a digest and has another sign of the seal, at its start or before that. The signs are at both ends of the
 * file, so that no single damage removes all and leaves a pointer. In 0.1 members were sorted: none ended like that.
 */
function looksSealed(text: string): boolean {
  return (
    namesFormat(text) ||
    (/"digest"\s*:\s*"[^"]*"\s*\}\s*$/.test(text) &&
      (/^\s*\{\s*"format"/.test(text) || /"version"\s*:\s*2\s*,\s*"digest"[^,]*$/.test(text)))
  );
}

/** Whether some text in a file reads nearly like the format's name. */
function namesFormat(text: string): boolean {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].some(
    ([, string]) => !KEPT_PLANS.has(string!) && isNearly(string!, FORMAT),
  );
}

/** Formats that read nearly like it, of files that people keep wherever they like. */
const KEPT_PLANS: ReadonlySet<string> = new Set(["bronzestore.plan", "bronzestore.runs-plan"]);

/**
 * Whether a file's text is that of a pointer: `sealed` where it says so, whole or damaged; `unsealed` where it only has
 * the members that a pointer has, as other programs write them.
 */
export function pointerKind(text: string): "sealed" | "unsealed" | undefined {
  if (namesFormat(text)) return "sealed";
  return /"run_id"\s*:/.test(text) && /"run_as_of_ts"\s*:/.test(text) ? "unsealed" : undefined;
}
