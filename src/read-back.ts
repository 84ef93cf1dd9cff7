import { BronzeError, type BronzeErrorCode } from "./errors.js";

/**
 * Reads from its bytes what is about to be published, because unreadable data must never be acknowledged.
 *
 * @param differs how the value read back differs from the given one, in words; `undefined` if it does not
 * @returns the value that readers will get
 * @throws BronzeError `code`, default `INVALID_ARGUMENT`: nothing was written
 */
export function readBack<T>(
  bytes: Uint8Array<ArrayBuffer>,
  at: string,
  read: (bytes: Uint8Array<ArrayBuffer>, at: string) => T,
  differs: (value: T) => string | undefined,
  code: BronzeErrorCode = "INVALID_ARGUMENT",
): T {
  let problem: string | undefined;
  let cause: unknown;
  try {
    const value = read(bytes, at);
    problem = differs(value);
    if (problem === undefined) return value;
  } catch (thrown) {
    cause = thrown;
    problem = thrown instanceof Error ? thrown.message : String(thrown);
  }
  throw new BronzeError(
    code,
    `${at} was not written, for it could not be read again as it was meant: ${problem}`,
    { file: at },
    { cause },
  );
}
