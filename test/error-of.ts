import { type BronzeError, isBronzeError } from "bronzestore";

/** The library's error a promise ends in; anything else fails the test. */
export async function errorOf(promise: Promise<unknown>): Promise<BronzeError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isBronzeError(error)) throw new Error(`expected a BronzeError, got ${String(error)}`);
  return error;
}
