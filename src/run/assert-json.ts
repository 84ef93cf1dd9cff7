import { BronzeError } from "../errors.js";
import { shown } from "../shown.js";

/**
 * Refuses what JSON would change in silence: bigints, dates, absent values in lists, numbers that are none, and the name
 * that most readers take for the object's prototype.
 */
export function assertJson(value: unknown, at: string, depth = 0): void {
  if (depth > MOST_DEPTH)
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `${at.slice(0, 80)}... is nested without end, or holds itself.`,
    );
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) assertJson(item, `${at}[${i}]`, depth + 1);
    return;
  }
  if (typeof value === "object" && value !== null && isPlain(value)) {
    for (const [name, own] of Object.entries(value))
      if (own !== undefined) assertJson(own, `${at}.${name}`, depth + 1);
    if (!Object.hasOwn(value, "__proto__")) return;
    throw new BronzeError("INVALID_ARGUMENT", `${at} has a member "__proto__", which readers lose.`, { at });
  }
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `${at} is ${shown(value)}, which JSON does not have; ` +
      "write an instant with formatInstant(ns) and read it with instant() in the schema.",
    { at },
  );
}

const MOST_DEPTH = 100;

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
