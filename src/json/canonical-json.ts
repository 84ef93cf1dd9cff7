/** A value JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/**
 * JSON by RFC 8785: members sorted by UTF-16 code units, no spaces, numbers as ECMAScript prints them. Equal values
 * give equal bytes in every language that follows the RFC.
 *
 * @throws RangeError for NaN and infinities, which JSON does not have, and for half a surrogate pair, which UTF-8 does not
 * @see https://www.rfc-editor.org/rfc/rfc8785
 */
export function canonicalJson(value: Json): string {
  if (typeof value === "number" && !Number.isFinite(value))
    throw new RangeError(`${value} has no place in JSON`);
  if (typeof value === "string") return text(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.entries(value as { readonly [name: string]: Json | undefined })
    .filter((member): member is [string, Json] => member[1] !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${text(name)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}

function text(value: string): string {
  if (/\p{Surrogate}/u.test(value))
    throw new RangeError(`${JSON.stringify(value)} is not well-formed Unicode`);
  return JSON.stringify(value);
}
