import type { Storage } from "bronzestore";
import { copyFiles } from "./copy-files.js";
import { serverDouble } from "./s3/server-double.js";
import { storageOnDouble } from "./s3/storage-on-double.js";
import { smallTails } from "./small-tails.js";

/** The same storage as a driver that lists folder by folder and reads files whole. */
function walking({ listTree: _, openVersion: __, telling: ___, ...rest }: Storage): Storage {
  return rest;
}

/** The files of a storage by every way there is to list and read them: whole or by ranges, at once or folder by folder. */
export async function waysToRead(storage: Storage): Promise<Readonly<Record<string, Storage>>> {
  const double = serverDouble({ pageSize: 3, etags: "bare" });
  const onServer = await copyFiles(storage, storageOnDouble(double));
  return {
    "folder by folder, files whole": walking(storage),
    "at once, by ranges after a small one": smallTails(storage, 40),
    "on a server, pages of three": onServer,
    "on a server, by ranges": smallTails(onServer, 3000),
  };
}
