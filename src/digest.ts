import { requireFromHere } from "./lazy-module.js";

/** Hex SHA-256 of some bytes, or of a text's UTF-8 bytes. */
export function sha256(content: string | Uint8Array): string {
  return crypto().createHash("sha256").update(content).digest("hex");
}

/** The same of content that comes in pieces; small ones are gathered, as a call for each costs more than its bytes. */
export function startSha256(): { update(content: string | Uint8Array): void; hex(): string } {
  const hash = crypto().createHash("sha256");
  const gathered = new Uint8Array(GATHERED_BYTES);
  let size = 0;
  const flush = () => {
    if (size > 0) hash.update(gathered.subarray(0, size));
    size = 0;
  };
  return {
    update(content) {
      const isText = typeof content === "string";
      if (isText || content.byteLength > GATHERED_BYTES - size) flush();
      if (isText || content.byteLength > GATHERED_BYTES / 4) {
        flush();
        hash.update(content);
        return;
      }
      gathered.set(content, size);
      size += content.byteLength;
    },
    hex() {
      flush();
      return hash.digest("hex");
    },
  };
}

const GATHERED_BYTES = 1 << 14;

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
