import { BronzeError } from "../errors.js";

/**
 * Refuses what JSON would change in silence: bigints, dates, absent values in lists, numbers that are none, and the name
 * that most readers take for the object's prototype.
 */
export function assertJson(value: unknown, at: string): void {
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) assertJson(item, `${at}[${i}]`);
    return;
  }
  if (typeof value === "object" && value !== null && isPlain(value)) {
    for (const [name, own] of Object.entries(value)) if (own !== undefined) assertJson(own, `${at}.${name}`);
    if (!Object.hasOwn(value, "__proto__")) return;
    throw new BronzeError("INVALID_ARGUMENT", `${at} has a member "__proto__", which readers lose.`, { at });
  }
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `${at} is ${typeof value === "bigint" ? `${value}n` : String(value)}, which JSON does not have; ` +
      "write an instant with formatInstant(ns) and read it with instant() in the schema.",
    { at },
  );
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
