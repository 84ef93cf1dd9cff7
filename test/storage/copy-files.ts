import type { Storage } from "bronzestore";

/** Publishes every file of a storage in another, and gives that back. */
export async function copyFiles<To extends Storage>(from: Storage, to: To): Promise<To> {
  for (const { path } of await from.listTree!("")) await to.publish(path, await from.read(path));
  return to;
}
