import type * as z from "zod";
import { randomHex } from "../../digest.js";
import { encodeReadBack, parseSealed, type SealedKind, seal } from "../../json/index.js";
import { readIfThere, type Storage } from "../../storage/index.js";
import { lazySchema, zod } from "../../zod/index.js";

/** Identifies a gold store, wherever it is moved or mounted. */
export const STORE_FILE = "gold/_store.json";

const storeSchema = lazySchema(() => {
  const z = zod();
  return z.strictObject({
    format: z.literal("bronzestore.gold"),
    version: z.literal(1),
    id: z.string().regex(/^[0-9a-f]{16}$/),
    digest: z.string().regex(/^[0-9a-f]{64}$/),
  });
});

const KIND: SealedKind<typeof storeSchema> = {
  schema: storeSchema,
  name: "id of a gold store",
  version: 1,
  codes: { invalid: "RETENTION_INVALID", newer: "RETENTION_INVALID", tampered: "RETENTION_INVALID" },
  advice: "Without it it is unknown under which id the store is registered with its bronze; restore it.",
};

/**
 * The id of a gold store; `undefined` where nothing was committed since stores have had ids.
 * @throws BronzeError `RETENTION_INVALID`
 */
export async function storeIdOf(storage: Pick<Storage, "read">): Promise<string | undefined> {
  const bytes = await readIfThere(storage, STORE_FILE);
  if (!bytes) return undefined;
  const { id }: z.output<typeof storeSchema> = parseSealed(bytes, STORE_FILE, KIND);
  return id;
}

/**
 * The id of a gold store, made now if it has none. If several processes make one at once, one id wins.
 * @throws BronzeError `RETENTION_INVALID`
 */
export async function ownId(storage: Storage): Promise<string> {
  return (await storeIdOf(storage)) ?? (await newId(storage));
}

async function newId(storage: Storage): Promise<string> {
  const id = randomHex(8);
  const store = seal({ format: "bronzestore.gold", version: 1, id });
  const bytes = encodeReadBack(store, STORE_FILE, (own, at) => parseSealed(own, at, KIND));
  return (await storage.publish(STORE_FILE, bytes)) ? id : (await storeIdOf(storage))!;
}
