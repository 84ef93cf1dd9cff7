import type { Retention } from "bronzestore";
import type { AnyDataset } from "../../dataset/index.js";
import { library } from "./library.js";
import { goldOf, type Tree } from "./open.js";

/** The retention of a tree: over its gold store, where the config has one. */
export async function retentionOf(tree: Tree): Promise<Retention<readonly AnyDataset[]>> {
  const { Retention } = await library();
  const gold = tree.config?.gold ? [await goldOf(tree)] : [];
  return new Retention({ bronze: tree.bronze, gold, clock: tree.clock });
}
