import { describe, expect, it } from "vitest";
import * as z from "zod";
import { sha256 } from "../../src/digest.js";
import { encodeSealed, parseSealed, seal } from "../../src/json/index.js";
import { errorOf } from "../error-of.js";

const KIND = {
  schema: z.object({ digest: z.string(), a: z.json(), z: z.json().optional() }),
  name: "document",
  version: 1,
  codes: { invalid: "MANIFEST_INVALID", newer: "MANIFEST_VERSION", tampered: "MANIFEST_TAMPERED" },
} as const;

const parse = async (text: string) => parseSealed(new TextEncoder().encode(text), "it", KIND);

/** A document whose text, but for the digest in it, has that digest: `"DIGEST",` is where it goes. */
function digested(text: string): string {
  const digest = sha256(text.replace('"digest":"DIGEST",', ""));
  return `${text.replace("DIGEST", digest)}\n`;
}

describe("a sealed document", () => {
  it("is read in the form it was written in, and in any other of the same members", async () => {
    const document = seal({ a: [1, { b: "é", c: "\u0001" }], z: 'x"digest":"y",' });
    const text = new TextDecoder().decode(encodeSealed(document));
    expect(await parse(text)).toEqual(document);
    expect(await parse(text.trimEnd())).toEqual(document);
    expect(await parse(JSON.stringify(document, undefined, 2))).toEqual(document);
    const { digest, a, z } = document;
    expect(await parse(JSON.stringify({ z, digest, a }))).toEqual(document);
  });

  it("is what was sealed where its text, but for the digest, has that digest", async () => {
    expect(await parse(digested('{"a":1,"digest":"DIGEST","z":2}'))).toMatchObject({ a: 1, z: 2 });
  });

  // None of these is what a writer seals, whatever digest somebody gave it.
  it.each([
    ["two members of one name", '{"a":0,"a":1,"digest":"DIGEST","z":2}', "MANIFEST_TAMPERED"],
    ["its digest elsewhere", '{"a":{"digest":"DIGEST","b":1},"z":2}', "MANIFEST_INVALID"],
    ["a space", '{"a": 1,"digest":"DIGEST","z":2}', "MANIFEST_TAMPERED"],
    ["a number of another form", '{"a":1.0,"digest":"DIGEST","z":2}', "MANIFEST_TAMPERED"],
    ["half a surrogate pair", '{"a":"\\ud83c","digest":"DIGEST","z":2}', "MANIFEST_INVALID"],
    ["a name that readers lose", '{"a":{"__proto__":1},"digest":"DIGEST","z":2}', "MANIFEST_INVALID"],
  ])("with %s is refused", async (_, text, code) => {
    expect((await errorOf(parse(digested(text)))).code).toBe(code);
  });
});
