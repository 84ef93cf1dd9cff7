import { isBronzeError } from "../../errors.js";
import { isNearly } from "../../json/index.js";
import { joinPath, type Storage } from "../../storage/index.js";
import { isAttestationName, parseManifestName } from "./slate.js";
import { STORE_FILE } from "./store-id.js";

/**
 * A JSON file below `gold/` that is not this library's.
 *
 * @category Gold
 */
export interface ForeignManifest {
  /** Relative to the storage's root. */
  readonly path: string;
  /** Why it is not taken for a manifest of this library. */
  readonly reason: string;
}

/** A foreign file with every text that it holds. */
interface ForeignTexts extends ForeignManifest {
  /** Texts and member names at any depth; `undefined` where it is not JSON, so that nobody knows what it names. */
  readonly texts: ReadonlySet<string> | undefined;
}

/**
 * The members that say whose a manifest is. What other programs write too (a run, a commit, times, inputs, files, a
 * version, a digest) says nothing.
 */
const OWN_MEMBERS = {
  slate: ["format", "known_by", "library", "parameters", "previous", "revision", "slate", "snapshot"],
  training: [
    "features",
    "format",
    "from",
    "keys",
    "labels",
    "library",
    "name",
    "on",
    "slates",
    "snapshot",
    "splits",
  ],
} as const;

const FORMATS = ["bronzestore.slate", "bronzestore.training", "bronzestore.attestation"];

/**
 * Whether what lies in a manifest's place is a manifest of another program: a JSON object with members, none of whose
 * texts reads nearly like one of our formats, which does not say that this library wrote it, and with fewer than half of
 * the members that only ours have. The three signs are apart in the file, so that two damages do not take all. All else is
 * ours, and refused where it is damaged: half a file, no JSON, nothing.
 */
export function isForeignManifest(bytes: Uint8Array): boolean {
  const text = textOf(bytes);
  const json = text === undefined ? undefined : jsonOf(text);
  if (typeof json !== "object" || json === null || Array.isArray(json)) return false;
  const members = Object.keys(json);
  if (members.length === 0) return false;
  const { format, library } = json as { readonly format?: unknown; readonly library?: unknown };
  if ((library as { readonly name?: unknown } | null | undefined)?.name === "bronzestore") return false;
  if (typeof format === "string" && format.startsWith("bronzestore.")) return false; // of a later version, perhaps
  for (const [, string] of text!.matchAll(STRING))
    if (FORMATS.some((format) => isNearly(string!, format))) return false;
  return Object.values(OWN_MEMBERS).every(
    (own) => own.filter((name) => members.includes(name)).length < own.length / 2,
  );
}

const STRING = /"((?:[^"\\]|\\.)*)"/g;

/**
 * Every JSON file below `gold/` that is not this library's, in path order: what lies in a manifest's place and is another
 * program's, and what lies where this library puts nothing.
 *
 * @param ours paths of manifests that were read before, which are not read again
 */
export async function* foreignFiles(
  storage: Storage,
  folder = "gold",
  ours: ReadonlySet<string> = new Set(),
): AsyncGenerator<ForeignTexts> {
  for (const { name, kind } of await storage.list(folder)) {
    const path = joinPath(folder, name);
    if (kind === "folder") yield* foreignFiles(storage, path, ours);
    else if (name.endsWith(".json") && !ours.has(path)) {
      const found = await foreignAt(storage, path);
      if (found) yield found;
    }
  }
}

/** The same for people: without what the files hold. */
export async function* foreignManifests(storage: Storage): AsyncGenerator<ForeignManifest> {
  for await (const { path, reason } of foreignFiles(storage)) yield { path, reason };
}

async function foreignAt(storage: Storage, path: string): Promise<ForeignTexts | undefined> {
  if (path === STORE_FILE) return undefined;
  const isPlace = isManifestPlace(path);
  let bytes: Uint8Array;
  try {
    bytes = await storage.read(path);
  } catch (error) {
    if (isBronzeError(error, "NOT_FOUND")) return undefined; // it went since it was listed
    throw error;
  }
  if (isPlace && !isForeignManifest(bytes)) return undefined;
  const texts = textsOf(bytes);
  return { path, texts, reason: reasonOf(isPlace, texts !== undefined) };
}

function reasonOf(isPlace: boolean, isJson: boolean): string {
  if (!isJson) return "it lies where this library puts no manifest, and is not JSON";
  return isPlace
    ? "it has neither the format nor the members of a manifest of this library"
    : "it lies where this library puts no manifest";
}

/** Where manifests of this library lie, whatever a slate's keys are called. */
function isManifestPlace(path: string): boolean {
  const [, kind, ...below] = path.split("/");
  const name = below.at(-1) ?? "";
  return kind === "slates"
    ? parseManifestName(name) !== undefined || isAttestationName(name)
    : kind === "training" && below.length === 2 && name === "manifest.json";
}

/** Every text of a JSON file, or of a file of JSON lines. */
function textsOf(bytes: Uint8Array): Set<string> | undefined {
  const text = textOf(bytes);
  if (text === undefined) return undefined;
  const whole = jsonOf(text);
  const documents = whole === undefined ? text.split("\n").filter((line) => line.trim() !== "") : [];
  const parsed = whole === undefined ? documents.map(jsonOf) : [whole];
  if (parsed.includes(undefined)) return undefined;
  const texts = new Set<string>();
  const open: unknown[] = parsed;
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === "string") texts.add(value);
    else if (typeof value === "object" && value !== null) {
      for (const [name, member] of Object.entries(value)) {
        texts.add(name);
        open.push(member);
      }
    }
  }
  return texts;
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** `undefined` where it is no JSON, which has no such value. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
