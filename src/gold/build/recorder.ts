import { sha256 } from "../../digest.js";
import { BronzeError } from "../../errors.js";
import { type Json, toJson } from "../../json/index.js";
import { assertIs, assertOptions, type OptionTable, required, text, whole } from "../../options.js";
import { shown } from "../../shown.js";
import type { ManifestV2 } from "../manifest/manifest.js";

/**
 * What a builder used that is not in bronze: its bytes, or their digest.
 *
 * @category Gold
 */
export type ExternalInput = Uint8Array | { readonly sha256: string; readonly sizeBytes?: number };

/**
 * Where a builder records what it knows beside the rows. It ends in the manifest.
 *
 * @category Gold
 */
export interface BuildRecorder {
  /**
   * Records something beside the rows, under a name: JSON, kept as parameters are. A name again takes the place of what
   * was noted before.
   *
   * @throws BronzeError `INVALID_ARGUMENT` for what JSON would change
   */
  note(name: string, value: Json): void;
  /**
   * Records an input that is not in bronze, such as a model's file, by its digest: another one makes another freeze.
   *
   * @param about where it is from, or what it is
   * @throws BronzeError `INVALID_ARGUMENT` for a digest that is none, or a name given twice with other content
   */
  external(name: string, input: ExternalInput, about?: string): void;
}

/** What a builder recorded, for the manifest. */
export type Recorded = Pick<ManifestV2, "notes" | "external">;

const DIGEST_OPTIONS: OptionTable<Exclude<ExternalInput, Uint8Array>> = {
  sha256: required(text),
  sizeBytes: whole(0),
};

/** A recorder, and what was recorded with it so far, in an order that does not depend on when. */
export function startRecording(): { recorder: BuildRecorder; recorded(): Recorded } {
  const notes = new Map<string, Json>();
  const external = new Map<string, Recorded["external"][number]>();
  return {
    recorder: {
      note(name, value) {
        assertName(name, "note");
        notes.set(name, toJson(value, `note ${JSON.stringify(name)}`));
      },
      external(name, input, about) {
        assertName(name, "external input");
        if (about !== undefined) assertIs(about, text, `What external input ${JSON.stringify(name)} is`);
        const entry = { name, ...digestOf(name, input), note: about ?? null };
        const known = external.get(name);
        if (known && known.sha256 !== entry.sha256)
          throw invalid(
            `There are two external inputs ${JSON.stringify(name)} with other content; name them apart.`,
          );
        external.set(name, entry);
      },
    },
    recorded: () => ({
      notes: Object.fromEntries(notes),
      external: [...external.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    }),
  };
}

function assertName(name: unknown, what: string): void {
  if (typeof name === "string" && name !== "" && name !== "__proto__" && !/\p{Surrogate}/u.test(name)) return;
  throw invalid(`The name of ${what === "note" ? "a" : "an"} ${what} is ${shown(name)}; give a text.`);
}

function digestOf(name: string, input: ExternalInput): { sha256: string; size_bytes: number | null } {
  if (input instanceof Uint8Array) return { sha256: sha256(input), size_bytes: input.byteLength };
  assertOptions(input, DIGEST_OPTIONS, `external input ${JSON.stringify(name)}`);
  const { sha256: digest, sizeBytes } = input;
  if (!/^[0-9a-f]{64}$/.test(digest))
    throw invalid(
      `The digest of external input ${JSON.stringify(name)} is ${shown(digest)}; give the SHA-256 as 64 hex digits, in lower case.`,
    );
  return { sha256: digest, size_bytes: sizeBytes ?? null };
}

function invalid(message: string): BronzeError {
  return new BronzeError("INVALID_ARGUMENT", message);
}
