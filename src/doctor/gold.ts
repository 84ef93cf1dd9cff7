import { sha256 } from "../digest.js";
import { isBronzeError } from "../errors.js";
import {
  isForeignManifest,
  manifestNameOf,
  parseManifestName,
  parseTrainingManifest,
  readAttestation,
  readManifest,
  storeIdOf,
} from "../gold/index.js";
import { mapReads, type Reading, readIfThere, type Storage } from "../storage/index.js";
import { check, type Examined, type Finding, manual } from "./finding.js";
import { nameOf } from "./temp-files.js";

const SLATES = "gold/slates/";
const TRAINING = "gold/training/";
const RESTORE = "Restore it from a copy; gold is written once, and nothing makes it again by itself.";

/** Frozen slates and training sets: whether each manifest can be read, and its data is what it says. */
export async function examineGold(storage: Storage, all: readonly string[]): Promise<Examined> {
  const slates = all.filter((path) => path.startsWith(SLATES));
  const sets = all.filter((path) => path.startsWith(TRAINING));
  const manifests = slates.filter((path) => parseManifestName(nameOf(path)));
  const setManifests = sets.filter((path) => nameOf(path) === "manifest.json");
  const ofSlates = await mapReads(storage, manifests, (storage, path) => examineSlate(storage, path));
  const ofSets = await mapReads(storage, setManifests, (storage, path) => examineSet(storage, path));
  const data = slates.filter((path) => manifestNameOf(nameOf(path)) !== undefined);
  const setData = sets.filter((path) => path.endsWith(".parquet"));
  const looks = [...ofSlates, ...ofSets].filter((look) => look !== "foreign");
  const named = new Set(looks.flatMap(({ outputs }) => outputs ?? []));
  // What a manifest names that is another program's, or cannot be read, nobody knows.
  const isUnknown = new Set([
    ...manifests.filter((_, i) => !isRead(ofSlates[i]!)),
    ...setManifests.filter((_, i) => !isRead(ofSets[i]!)),
  ]);
  const isAlone = (path: string, manifest: string) =>
    !named.has(path) && !isUnknown.has(besideOf(path, manifest));
  const alone = [
    ...data.filter((path) => isAlone(path, manifestNameOf(nameOf(path))!)),
    ...setData.filter((path) => isAlone(path, "manifest.json")),
  ];
  const examined = ofSlates.length + ofSets.length;
  const foreign = examined - looks.length;
  return {
    findings: [
      ...(await examineId(storage)),
      ...looks.flatMap(({ findings }) => findings),
      ...alone.map(withoutManifest),
    ],
    checks: [
      check(
        "manifests of slates and training sets",
        examined,
        foreign === 0 ? null : `${foreign} are manifests of other programs`,
      ),
      check("frozen data", data.length + setData.length),
    ],
  };
}

function besideOf(path: string, name: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1) + name;
}

function withoutManifest(path: string): Finding {
  return manual(
    "data-without-manifest",
    path,
    "No manifest names it: a freeze was interrupted, or is under way.",
    "Freeze again: that completes it. Until then it does not count as frozen.",
  );
}

async function examineId(storage: Storage): Promise<Finding[]> {
  try {
    await storeIdOf(storage);
    return [];
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return [manual("unreadable-manifest", String(error.details.file), error.message, RESTORE)];
  }
}

/** What was found of one manifest. */
interface Look {
  readonly findings: readonly Finding[];
  /** The data it names; `undefined` where it cannot be read. */
  readonly outputs: readonly string[] | undefined;
}

function isRead(look: Look | "foreign"): boolean {
  return look !== "foreign" && look.outputs !== undefined;
}

async function examineSlate(storage: Reading, path: string): Promise<Look | "foreign"> {
  try {
    const manifest = await readManifest(storage, path);
    if (!manifest) return "foreign";
    const findings = await examineOutput(storage, path, manifest.output);
    await readAttestation(storage, path, manifest);
    return { findings, outputs: [manifest.output.path] };
  } catch (error) {
    return unreadable(path, error);
  }
}

async function examineSet(storage: Reading, path: string): Promise<Look | "foreign"> {
  try {
    const bytes = await storage.read(path);
    if (isForeignManifest(bytes)) return "foreign";
    const { files } = parseTrainingManifest(bytes, path);
    const found = await Promise.all(Object.values(files).map((file) => examineOutput(storage, path, file)));
    return { findings: found.flat(), outputs: Object.values(files).map((file) => file.path) };
  } catch (error) {
    return unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): Look {
  if (!isBronzeError(error)) throw error;
  return { findings: [manual("unreadable-manifest", path, error.message, RESTORE)], outputs: undefined };
}

async function examineOutput(
  storage: Reading,
  manifest: string,
  { path, sha256: expected }: { readonly path: string; readonly sha256: string },
): Promise<Finding[]> {
  const bytes = await readIfThere(storage, path);
  if (bytes && sha256(bytes) === expected) return [];
  const what = bytes
    ? "It is not what was frozen: its SHA-256 is not the one in"
    : "It is not there, but is named by";
  return [manual("damaged-output", path, `${what} ${manifest}.`, RESTORE)];
}
