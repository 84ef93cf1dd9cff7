import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storageFailed } from "../storage-error.js";

/** A piece of a spill file. */
export interface Stretch {
  readonly offset: number;
  readonly sizeBytes: number;
}

/** Bytes of this process that do not fit its memory; nobody else reads them, and nothing of them survives it. */
export interface SpillFile {
  append(bytes: Uint8Array): Promise<Stretch>;
  read(stretch: Stretch): Promise<Uint8Array>;
  remove(): Promise<void>;
}

/**
 * Makes one in the system's temporary folder.
 *
 * @throws BronzeError `STORAGE_FAILED`, as all its calls
 */
export async function spillFile(): Promise<SpillFile> {
  const place = { path: "bronzestore-spill", where: `the temporary folder ${tmpdir()}` };
  async function attempt<T>(action: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw storageFailed(error, place, action);
    }
  }
  const { folder, file } = await attempt("open", async () => {
    const folder = await mkdtemp(join(tmpdir(), "bronzestore-spill-"));
    return { folder, file: await open(join(folder, "rows"), "wx+") };
  });
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  // An open file needs no name, and without one it is gone with the process, however that ends.
  if (process.platform !== "win32") await attempt("open", removeFolder);
  let end = 0;
  return {
    append: (bytes) =>
      attempt("write", async () => {
        const stretch = { offset: end, sizeBytes: bytes.byteLength };
        end += bytes.byteLength;
        let done = 0;
        while (done < bytes.byteLength) {
          const { bytesWritten } = await file.write(
            bytes,
            done,
            bytes.byteLength - done,
            stretch.offset + done,
          );
          done += bytesWritten;
        }
        return stretch;
      }),
    read: ({ offset, sizeBytes }) =>
      attempt("read", async () => {
        const bytes = new Uint8Array(sizeBytes);
        let done = 0;
        while (done < sizeBytes) {
          const { bytesRead } = await file.read(bytes, done, sizeBytes - done, offset + done);
          if (bytesRead === 0) throw new Error("it ends too early");
          done += bytesRead;
        }
        return bytes;
      }),
    remove: () =>
      attempt("remove", async () => {
        await file.close();
        await removeFolder();
      }),
  };
}
