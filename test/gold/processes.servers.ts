import { randomUUID } from "node:crypto";
import { s3Storage } from "bronzestore";
import { expect, inject, it } from "vitest";
import { filesIn } from "../bronze/feeds.js";
import { builtChild } from "../built-child.js";
import { startFreezer, together } from "./freezers.js";
import { build, frozenWorld, SLATE, writeEvening } from "./slates.js";

const PROCESSES = 20;
const child = builtChild(new URL("./children/freeze-on-s3.ts", import.meta.url));

/** What some of them are killed at: early, while they hold the lock, and after their manifest is out. */
const KILLED: readonly (readonly [call: number, when: "before" | "after"])[] = [
  [3, "after"],
  [9, "before"],
  [14, "after"],
];

it(`${PROCESSES} processes freeze one slate on a server, some of them killed: one wins, the others see that it is frozen`, async () => {
  const { endpoint, bucket, region, ...credentials } = inject("s3");
  const options = { endpoint, bucket, region, credentials, prefix: `tests/${randomUUID()}`, leaseMs: 3_000 };
  const storage = s3Storage(options);
  await writeEvening(await frozenWorld(storage));

  const freezers = Array.from({ length: PROCESSES }, (_, i) =>
    startFreezer(child(), JSON.stringify(options), ...(KILLED[i] ?? []).map(String)),
  );
  const said = await together(freezers);

  // Who was killed may have published the manifest before.
  const survived = said.filter((line) => line !== "SIGKILL");
  expect(survived.length).toBeGreaterThanOrEqual(PROCESSES - KILLED.length);
  const won = survived.filter((line) => line.startsWith("frozen "));
  expect(won.length).toBeLessThanOrEqual(1);
  const seen = survived.filter((line) => line.startsWith("unchanged "));
  // A conflict: it lost its lease to the one that won, and would see it as it is if it asked again.
  const conflicts = survived.filter((line) => line === "SLATE_CONFLICT");
  expect([...won, ...seen, ...conflicts].sort()).toEqual([...survived].sort());
  expect(new Set([...won, ...seen].map((line) => line.split(" ")[1])).size).toBe(1);

  const files = await filesIn(storage, "gold/slates");
  expect(files.filter((path) => path.endsWith("/manifest.lock.json"))).toHaveLength(1);
  const { gold } = await frozenWorld(storage);
  expect(await gold.verify(SLATE, { snapshot: "lock" })).toMatchObject({ ok: true, problems: [] });
  expect(await gold.replay(SLATE, { snapshot: "lock" }, build)).toMatchObject({
    same: true,
    identicalBytes: true,
  });
});
