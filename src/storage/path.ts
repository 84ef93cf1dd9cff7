import { BronzeError } from "../errors.js";
import { shown } from "../shown.js";

/** What most file systems allow for one name. */
const MAX_NAME_BYTES = 255;

/**
 * Checks a path below a storage's root and returns it unchanged: parts joined by `/`, none of which could point
 * elsewhere on any system the tree may be copied to.
 *
 * Only the text is checked. A symbolic link in the tree is followed, because whoever can write there meant it.
 *
 * @throws BronzeError `INVALID_PATH`
 * @example
 * ```ts
 * assertPath("bronze/odds_raw/season=2025/date=2026-01-15/odds.parquet"); // fine
 * assertPath("../secrets"); // throws INVALID_PATH
 * ```
 */
export function assertPath(path: string): string {
  const problem = typeof path === "string" ? problemWithPath(path) : "is not a string";
  if (problem === undefined) return path;
  throw new BronzeError(
    "INVALID_PATH",
    `Path ${quote(path)} ${problem}; write a path below the storage's root with "/" between its parts, like "bronze/odds_raw"`,
    { path, problem },
  );
}

/**
 * The same for a folder, where `""` names the root itself.
 *
 * @throws BronzeError `INVALID_PATH`
 * @example
 * ```ts
 * assertFolder(""); // the root
 * ```
 */
export function assertFolder(path: string): string {
  return path === "" ? path : assertPath(path);
}

/**
 * Joins paths and checks the result. Only the first may be `""`, the root; an empty one further on is most likely a
 * missing name, and is refused rather than skipped.
 *
 * @throws BronzeError `INVALID_PATH`
 * @example
 * ```ts
 * joinPath("bronze", "odds_raw", "season=2025/date=2026-01-15");
 * ```
 */
export function joinPath(...parts: string[]): string {
  const given = parts[0] === "" ? parts.slice(1) : parts;
  for (const part of given) if (typeof part !== "string") return assertPath(part);
  return assertPath(given.join("/"));
}

/**
 * Checks one part of a path for data (a dataset's name, a file's name). Names that start with `.` or `_` are refused,
 * because every engine that reads Hive-style trees skips them.
 *
 * @param what - what the name is, for the message: `dataset name`
 * @throws BronzeError `INVALID_PATH`
 * @example
 * ```ts
 * assertName("injuries_raw", "dataset name");
 * assertName("_tmp", "dataset name"); // throws INVALID_PATH
 * ```
 */
export function assertName(name: string, what: string): string {
  const problem = typeof name === "string" ? problemWithName(name) : "is not a string";
  if (problem === undefined) return name;
  throw new BronzeError(
    "INVALID_PATH",
    `The ${what} ${quote(name)} ${problem}; use a plain name like "odds_raw" or "odds.parquet"`,
    { name, what, problem },
  );
}

/**
 * Whether a name found in a folder can be data: one that starts with `.` or `_` never is (temp files, locks,
 * markers).
 *
 * @example
 * ```ts
 * (await storage.list("bronze")).filter((entry) => isDataName(entry.name));
 * ```
 */
export function isDataName(name: string): boolean {
  return !name.startsWith(".") && !name.startsWith("_");
}

/** Short plain names, as nearly all are: letters, digits, "_", "=", "-", and dots except at the start. */
const PLAIN_PATH = /^(?:[\w=-][\w.=-]{0,99}\/)*[\w=-][\w.=-]{0,99}$/;

function problemWithPath(path: string): string | undefined {
  if (PLAIN_PATH.test(path)) return undefined;
  if (path === "") return "is empty";
  if (path.startsWith("/")) return 'starts with "/"';
  for (const part of path.split("/")) {
    const problem = problemWithPart(part);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemWithName(name: string): string | undefined {
  if (name === "") return "is empty";
  if (name.includes("/")) return 'contains "/"';
  const problem = problemWithPart(name);
  if (problem !== undefined) return problem;
  return isDataName(name) ? undefined : 'starts with "." or "_", which is never data';
}

function problemWithPart(part: string): string | undefined {
  if (part === "") return 'has an empty part ("//", or "/" at the end)';
  // Windows drops dots and spaces at the end of a name: ".. " is ".." there.
  if (/^[. ]+$/.test(part)) return `has the part ${quote(part)}`;
  if (part.includes("\\")) return "contains a backslash";
  if (/\p{Cc}/u.test(part)) return "contains a control character";
  // Half a surrogate pair becomes U+FFFD on disk, so two paths would be one file.
  if (/\p{Cs}/u.test(part)) return "contains half a surrogate pair";
  if (/^[A-Za-z]:/.test(part)) return "contains a drive letter";
  if (Buffer.byteLength(part) > MAX_NAME_BYTES) return `has a part of more than ${MAX_NAME_BYTES} bytes`;
  return undefined;
}

/** JSON shows control characters instead of printing them. */
function quote(value: unknown): string {
  return shown(value, 300);
}
