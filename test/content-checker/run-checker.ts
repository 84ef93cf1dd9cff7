import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("content_digest.py", import.meta.url));

/** What the checker in Python says. */
interface Said {
  /** 0; 1 where a compacted file names other content than it has; 2 where a file was not read. */
  readonly code: number;
  /** Digest, path and, of a compacted file, the part's own path. */
  readonly lines: readonly (readonly string[])[];
  readonly errors: string;
}

/**
 * Has `content_digest.py` compute the digests of files.
 *
 * @throws Error without Python: nothing was shown then
 */
export function runChecker(files: readonly string[], folder: string): Said {
  const done = spawnSync("python3", [script, ...files], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
  });
  const { stdout, stderr, status } = done;
  // 1 is also what Python itself ends with, and then it says where.
  if (status === null || stderr?.includes("Traceback"))
    throw new Error(
      `Python 3.9 or newer is needed as python3, and has to run ${script}: ${done.error?.message ?? stderr}`,
    );
  const lines = stdout.split("\n").slice(0, -1);
  return { code: status, lines: lines.map((line) => line.split("  ")), errors: stderr };
}
