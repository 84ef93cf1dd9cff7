/** One page of `ListObjectsV2`, asked for with `encoding-type=url`. */
export interface ListingPage {
  readonly objects: readonly ListedObject[];
  /** What the keys below a delimiter begin with, the delimiter included. */
  readonly prefixes: readonly string[];
  /** Where the next page begins; `undefined` on the last one. */
  readonly next: string | undefined;
}

export interface ListedObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly etag: string;
}

/**
 * Reads a page. The answer is XML of a fixed, flat form without attributes on what is read here; names in it are
 * percent-encoded, so that no character of a key is markup.
 *
 * @throws SyntaxError where it is not such a page
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export function parseListing(xml: string): ListingPage {
  if (!/<ListBucketResult[\s>]/.test(xml)) throw new SyntaxError("no ListBucketResult");
  const isTruncated = textIn(xml, "IsTruncated") === "true";
  const next = textIn(xml, "NextContinuationToken");
  if (isTruncated && next === undefined) throw new SyntaxError("a page that is not the last has no token");
  return {
    objects: elements(xml, "Contents").map((own) => ({
      key: nameIn(own, "Key"),
      sizeBytes: Number(textIn(own, "Size")),
      etag: unquoted(textIn(own, "ETag") ?? ""),
    })),
    prefixes: elements(xml, "CommonPrefixes").map((own) => nameIn(own, "Prefix")),
    next: isTruncated ? next : undefined,
  };
}

/** The `Code` of an error's body. Nothing else of it is read: it may repeat what was signed. */
export function errorCodeIn(xml: string): string | undefined {
  const code = textIn(xml, "Code");
  return code !== undefined && /^[A-Za-z0-9]{1,64}$/.test(code) ? code : undefined;
}

/** Without the quotes that HTTP puts around it. */
export function unquoted(etag: string): string {
  return etag.replace(/^"(.*)"$/, "$1");
}

function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^]*?)</${name}>`, "g"))].map((match) => match[1]!);
}

function textIn(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text?.replace(/&(lt|gt|amp|quot|apos|#(?:34|39));/g, (_, entity: string) => ENTITIES[entity]!);
}

/** Encoded as in a form: a space may be a plus. */
function nameIn(xml: string, name: string): string {
  const text = textIn(xml, name);
  if (text === undefined) throw new SyntaxError(`an entry without ${name}`);
  return decodeURIComponent(text.replaceAll("+", " "));
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
  "#34": '"',
  "#39": "'",
};
