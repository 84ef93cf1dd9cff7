import { describe, expect, it } from "vitest";
import { codeOf } from "../code-of.js";
import { locksContract, storageContract } from "../contract.js";
import { treeContract, versionContract } from "../reading-contract.js";
import { whole } from "../whole.js";
import { type DoubleOptions, serverDouble } from "./server-double.js";
import { credentials, storageOnDouble } from "./storage-on-double.js";

storageContract("s3Storage", async () => storageOnDouble());
storageContract("s3Storage with a prefix, pages of two and bare ETags", async () =>
  storageOnDouble(serverDouble({ pageSize: 2, etags: "bare" }), { prefix: "seasons/2025" }),
);
for (const [name, makeStorage] of [
  ["s3Storage", () => storageOnDouble()],
  ["s3Storage with a prefix", () => storageOnDouble(serverDouble(), { prefix: "seasons/2025" })],
  ["s3Storage, pages of two", () => storageOnDouble(serverDouble({ pageSize: 2 }))],
  ["s3Storage, bare ETags", () => storageOnDouble(serverDouble({ etags: "bare" }))],
  [
    "s3Storage, no conditions on reads",
    () => storageOnDouble(serverDouble({ ignores: "if-match on reads" })),
  ],
  ["s3Storage, no ranges", () => storageOnDouble(serverDouble({ ignores: "range" }))],
] as const) {
  treeContract(name, async () => makeStorage());
  versionContract(name, async () => makeStorage());
}
locksContract("s3Storage", async () => storageOnDouble());

describe("a server that", () => {
  it.each([
    "if-none-match",
    "if-match",
  ] as const)("ignores %s is refused before anything is written", async (ignores) => {
    const double = serverDouble({ ignores });
    const storage = storageOnDouble(double);
    expect(await codeOf(storage.publish("f", whole(1)))).toBe("STORAGE_UNSUPPORTED");
    expect(await codeOf(storage.replace("f", whole(1)))).toBe("STORAGE_UNSUPPORTED");
    expect(await codeOf(storage.locks.lock("l", { waitMs: 0 }))).toBe("STORAGE_UNSUPPORTED");
    expect([...double.objects.keys()]).toEqual([]);
  });

  /** The fault meets each request of a publish in turn, until none is left to meet. */
  it.each([
    "reset",
    "lost",
    "cut",
    500,
    503,
    409,
    429,
  ] as const)("answers %s once is asked again, and the first to publish, and to swap, wins", async (fault) => {
    for (let at = 1; ; at++) {
      let met = false;
      const options: DoubleOptions = {
        fault: (n) => {
          if (n !== at) return undefined;
          met = true;
          return fault;
        },
      };
      const double = serverDouble(options);
      const storage = storageOnDouble(double);
      expect(await storage.publish("a/f", whole(1)), `request ${at}`).toBe(true);
      expect(await storage.publish("a/f", whole(2)), `request ${at}`).toBe(false);
      expect(await storage.swap("a/f", whole(1), whole(3)), `request ${at}`).toBe(true);
      expect(await storage.swap("a/f", whole(1), whole(4)), `request ${at}`).toBe(false);
      expect(await storage.read("a/f")).toEqual(whole(3));
      expect([...double.objects.keys()]).toEqual(["a/f"]);
      if (!met) break;
    }
  });

  it("is gone for good is an error that names it and no secret", async () => {
    const storage = storageOnDouble(serverDouble({ fault: () => "reset" }));
    const error = await storage.read("f").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "STORAGE_FAILED", details: { cause: "ECONNRESET" } });
    expect(JSON.stringify(error) + String(error)).not.toContain(credentials.secretAccessKey);
  });
});
