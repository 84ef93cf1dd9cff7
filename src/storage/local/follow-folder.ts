import * as fs from "node:fs";
import { dirname } from "node:path";

/** What decides who may use a file or a folder. */
type Access = Pick<fs.Stats, "mode" | "gid">;

/**
 * The mode of something new below a folder, so that everyone who can write in the folder can use it too, whatever the
 * umask of its maker: group access where it has the folder's group, and access for all where the folder has that (but
 * not where it is sticky, as the system's temporary folder). It only ever adds to `own`.
 */
export function modeLike(above: Access, own: Access, kind: "file" | "folder"): number {
  const all = kind === "file" ? 0o6 : 0o7;
  const mode = own.mode & 0o7777;
  const forGroup = above.mode & 0o020 && own.gid === above.gid ? above.mode & (all << 3) : 0;
  const forOthers = above.mode & 0o002 && !(above.mode & 0o1000) ? above.mode & all : 0;
  return mode | forGroup | forOthers;
}

/** Gives a new file to everyone who can write in its folder; if the system refuses, only its maker can use it. */
export function followFolder(fd: number, file: string): void {
  try {
    const own = fs.fstatSync(fd);
    const mode = modeLike(fs.statSync(dirname(file)), own, "file");
    if (mode !== (own.mode & 0o7777)) fs.fchmodSync(fd, mode);
  } catch {
    // A disk without owners has no modes to copy.
  }
}

/** The same for new folders, `topmost` and those below it down to `folder`. */
export function followFolderDown(topmost: string, folder: string): void {
  try {
    const parent = dirname(folder);
    if (folder.length > topmost.length) followFolderDown(topmost, parent);
    const own = fs.statSync(folder);
    const mode = modeLike(fs.statSync(parent), own, "folder");
    if (mode !== (own.mode & 0o7777)) fs.chmodSync(folder, mode);
  } catch {
    // As above.
  }
}
