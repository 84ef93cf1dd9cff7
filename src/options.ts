import { BronzeError } from "./errors.js";

/**
 * Refuses options that nothing reads: a misspelled bound would otherwise be no bound, and no type checker sees it in
 * plain JavaScript.
 *
 * @param given what the caller passed; `undefined` is no options
 * @throws BronzeError `INVALID_ARGUMENT` naming the unknown option and the known ones
 */
export function assertOptions(given: unknown, known: readonly string[], where: string): void {
  if (given === undefined) return;
  if (typeof given !== "object" || given === null) {
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `${where} takes an object of options (${known.join(", ")}), not ${String(given)}.`,
    );
  }
  for (const option of Object.keys(given)) {
    if (known.includes(option)) continue;
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `${where} has no option "${option}"; it has ${known.join(", ")}.`,
      {
        option,
        known,
      },
    );
  }
}

/**
 * Refuses a value that is none of the words an option knows.
 * @throws BronzeError `INVALID_ARGUMENT`
 */
export function assertOneOf(value: unknown, words: readonly string[], option: string): void {
  if (value === undefined || words.some((word) => word === value)) return;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `${option} is ${JSON.stringify(value)}; it can be ${words.join(", ")}.`,
    {
      option,
      value,
    },
  );
}
