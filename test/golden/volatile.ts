import { createHash } from "node:crypto";
import { LIBRARY_VERSION } from "../../src/version.js";

/** The JSON documents of a tree as golden files: what changes from run to run, and what follows from it, is named out. */
export function withoutVolatile(documents: ReadonlyMap<string, string>): Map<string, string> {
  const fixed = new Map<string, string>();
  const digests = new Map<string, string>();
  for (const [path, text] of documents) {
    const name = withoutRandom(path);
    const named = withoutRandom(text)
      .replaceAll(/("pid": ?)\d+/g, '$1"<pid>"')
      .replaceAll(/("library": ?\{[^}]*"version": ?)"([^"]*)"/g, (_, before, version) => {
        if (version !== LIBRARY_VERSION) throw new Error(`${path} is of version ${version}`);
        return `${before}"<version>"`;
      });
    const { digest } = JSON.parse(text) as { digest?: string };
    if (named !== text && digest !== undefined) digests.set(digest, `<digest of ${name}>`);
    fixed.set(name, named);
  }
  for (const [name, text] of fixed) {
    fixed.set(
      name,
      text.replaceAll(/[0-9a-f]{64}/g, (hex) => digests.get(hex) ?? hex),
    );
  }
  return fixed;
}

/** Ids of runs end in random digits, those of gold stores are nothing else, and a link has a free port and a token; the library's version is in the name of a table. */
export function withoutRandom(text: string): string {
  return text
    .replaceAll(/(\d{8}T\d{6}Z)-[0-9a-f]{8}\b/g, "$1-xxxxxxxx")
    .replaceAll(/(http:\/\/127\.0\.0\.1:)\d+(\/\?token=)[\w-]{43}/g, "$1<port>$2<token>")
    .replaceAll(/(versions\/[a-z_]+\/)[0-9a-f]{16}(\/)/g, "$1xxxxxxxxxxxxxxxx$2")
    .replaceAll(/(_gold\/)[0-9a-f]{16}(\.json)/g, "$1xxxxxxxxxxxxxxxx$2")
    .replaceAll(
      /("format":"bronzestore\.(?:gold|registration)","id":")[0-9a-f]{16}"/g,
      '$1xxxxxxxxxxxxxxxx"',
    );
}

/** What the digest of a sealed document must be: SHA-256 of its canonical JSON without the digest. */
export function digestOf(text: string): string {
  const { digest: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return createHash("sha256").update(canonical(rest)).digest("hex");
}

/** RFC 8785, written again here so that it does not follow the library's. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(",")}}`;
}
