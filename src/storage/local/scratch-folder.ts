import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { assertPath } from "../path.js";

/** A folder of this process that is thrown away after use. Nothing in it needs to survive a crash. */
interface ScratchFolder {
  readonly root: string;
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Removes it with everything in it. */
  remove(): Promise<void>;
}

/** Makes one in the system's temporary folder. */
export async function scratchFolder(): Promise<ScratchFolder> {
  const root = await mkdtemp(join(tmpdir(), "bronzestore-"));
  return {
    root,
    async write(path, bytes) {
      const file = join(root, assertPath(path));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes);
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
