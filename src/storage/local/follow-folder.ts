import * as fs from "node:fs";
import { dirname } from "node:path";

/** What decides who may use a file or a folder. */
type Access = Pick<fs.Stats, "mode" | "gid">;

/**
 * The mode of something new below a folder, so that whoever may write in the folder may use it too, whatever the umask
 * of who made it: the group where it is the folder's own, and everybody where the folder is everybody's (but not where
 * it is sticky, as the system's folder for temporary files). Only ever wider than `own`.
 */
export function modeLike(above: Access, own: Access, kind: "file" | "folder"): number {
  const all = kind === "file" ? 0o6 : 0o7;
  const mode = own.mode & 0o7777;
  const forGroup = above.mode & 0o020 && own.gid === above.gid ? above.mode & (all << 3) : 0;
  const forOthers = above.mode & 0o002 && !(above.mode & 0o1000) ? above.mode & all : 0;
  return mode | forGroup | forOthers;
}

/** Lets a file just made be used by whoever may write in its folder; where the system refuses, it stays its maker's. */
export function followFolder(fd: number, file: string): void {
  try {
    const own = fs.fstatSync(fd);
    const mode = modeLike(fs.statSync(dirname(file)), own, "file");
    if (mode !== (own.mode & 0o7777)) fs.fchmodSync(fd, mode);
  } catch {
    // A disk without owners has nothing to follow.
  }
}

/** The same for folders just made, `topmost` and those below it down to `folder`. */
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
