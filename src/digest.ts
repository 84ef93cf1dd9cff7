import { requireFromHere } from "./lazy-module.js";

/** Hex SHA-256 of some bytes, or of a text's UTF-8 bytes. */
export function sha256(content: string | Uint8Array): string {
  return crypto().createHash("sha256").update(content).digest("hex");
}

/** The same of content that comes in pieces. */
export function startSha256(): { update(content: string | Uint8Array): void; hex(): string } {
  const hash = crypto().createHash("sha256");
  return { update: (content) => void hash.update(content), hex: () => hash.digest("hex") };
}

/** Hex digits that are unique. */
export function randomHex(sizeBytes: number): string {
  return crypto().randomBytes(sizeBytes).toString("hex");
}

/** Loaded at first use: it takes 3 ms, and a read needs no digest. */
function crypto(): typeof import("node:crypto") {
  loaded ??= requireFromHere("node:crypto") as typeof import("node:crypto");
  return loaded;
}

let loaded: typeof import("node:crypto") | undefined;
