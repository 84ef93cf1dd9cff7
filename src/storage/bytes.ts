import { BronzeError } from "../errors.js";

/**
 * Refuses anything but bytes: a string from untyped code has no `byteLength` and would become an empty file.
 *
 * @throws BronzeError `INVALID_ARGUMENT`
 * @example
 * ```ts
 * assertBytes(new TextEncoder().encode("hello"), "notes/hello.txt");
 * ```
 */
export function assertBytes(bytes: Uint8Array, path: string): void {
  if (bytes instanceof Uint8Array) return;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `The content for "${path}" is ${typeof bytes}, not a Uint8Array; encode text with new TextEncoder().encode(text)`,
    { path },
  );
}
