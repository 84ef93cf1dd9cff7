import type * as z from "zod";
import { BronzeError } from "../../errors.js";
import { encodeReadBack, parseSealed, type SealedKind, seal } from "../../json/index.js";
import { joinPath, locksOf, readIfThere, type Storage, type StorageLock } from "../../storage/index.js";
import { lazySchema, zod } from "../../zod/index.js";
import { RETENTION_CODES } from "./retained-files.js";

/** Below the root of bronze; its name starts with `_`, so nothing in it is ever data. */
const FOLDER = "bronze/_gold";

const registrationSchema = lazySchema(() => {
  const z = zod();
  return z.strictObject({
    format: z.literal("bronzestore.registration"),
    version: z.literal(1),
    id: z.string().regex(/^[0-9a-f]{16}$/),
    root: z.string().describe('where the store lay then, for people; "." is the root of bronze itself'),
    registered_at: z.string().describe("instant, ISO-8601 UTC"),
    digest: z.string().regex(/^[0-9a-f]{64}$/),
  });
});

const KIND: SealedKind<typeof registrationSchema> = {
  schema: registrationSchema,
  name: "registration of a gold store",
  version: 1,
  codes: RETENTION_CODES,
  advice: "Without it it is unknown whose manifests count; restore it.",
};

/** A gold store that was built from a bronze: the files that its manifests name are kept. */
export interface RegisteredGold {
  /** The store's own id, which moves with the store. */
  readonly id: string;
  /** Where it was then, for people; `.` is the root of bronze itself. */
  readonly root: string;
  /** ISO-8601 UTC. */
  readonly registeredAt: string;
}

/**
 * Held briefly by every commit: of a manifest by a freeze, of removals by a plan. So neither can happen between the
 * other's last check and its commit. It is in bronze, for all gold stores over it.
 */
export async function lockCommits(bronze: Storage): Promise<StorageLock> {
  return await locksOf(bronze, "a commit").lock(joinPath(FOLDER, ".commit.lock"));
}

/** Whether a gold store is registered. @throws BronzeError `RETENTION_INVALID` when its registration is damaged */
export async function isRegistered(bronze: Pick<Storage, "read">, id: string): Promise<boolean> {
  const path = registrationPath(id);
  const there = await readIfThere(bronze, path);
  return there !== undefined && parseRegistration(there, path, id).id === id;
}

/** Registers a gold store; if another process was first, it registered the same one. */
export async function registerGold(
  bronze: Pick<Storage, "publish">,
  { id, root, registeredAt }: RegisteredGold,
): Promise<void> {
  const path = registrationPath(id);
  const registration = seal({
    format: "bronzestore.registration",
    version: 1,
    id,
    root,
    registered_at: registeredAt,
  });
  await bronze.publish(
    path,
    encodeReadBack(registration, path, (own, at) => parseSealed(own, at, KIND)),
  );
}

/**
 * The gold stores that registered with a bronze.
 *
 * @param except ids whose registrations are not even read
 * @throws BronzeError `RETENTION_INVALID` for a registration that is not valid, or was changed
 */
export async function registeredGold(
  bronze: Pick<Storage, "list" | "read">,
  except: ReadonlySet<string> = new Set(),
): Promise<RegisteredGold[]> {
  const found: RegisteredGold[] = [];
  for (const { name, kind } of await bronze.list(FOLDER)) {
    const id = /^([^.].*)\.json$/.exec(name)?.[1];
    if (kind !== "file" || id === undefined || except.has(id)) continue;
    const path = registrationPath(id);
    const bytes = await readIfThere(bronze, path); // or forgotten since it was listed
    if (bytes) found.push(parseRegistration(bytes, path, id));
  }
  return found;
}

/** Removes a registration; `false` if there was none. The store's next freeze registers it again. */
export function forgetGold(bronze: Pick<Storage, "remove">, id: string): Promise<boolean> {
  return bronze.remove(registrationPath(id));
}

function registrationPath(id: string): string {
  return joinPath(FOLDER, `${id}.json`);
}

function parseRegistration(bytes: Uint8Array, path: string, id: string): RegisteredGold {
  const registration: z.output<typeof registrationSchema> = parseSealed(bytes, path, KIND);
  if (registration.id !== id) {
    throw new BronzeError(
      "RETENTION_INVALID",
      `${path} is the registration of another gold store: ${registration.id}. Restore it.`,
      { file: path, id: registration.id },
    );
  }
  return { id, root: registration.root, registeredAt: registration.registered_at };
}
