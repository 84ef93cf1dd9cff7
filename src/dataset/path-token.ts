import { isDate } from "../time/index.js";

/** How a token is written in a name. Tokens that are not listed are columns. */
interface Token {
  /** What a name may have in its place. */
  readonly pattern: string;
  /** The value that a text means, in normal form; `undefined` where it means none. */
  read(text: string): string | undefined;
  /** Every way a value is written: the first is the default. */
  readonly forms: Readonly<Record<string, (value: string) => string>>;
}

const plain = (value: string) => value;

/** Two digits, or one on reading. */
const twoDigits = (name: string, least: number, most: number): Token => ({
  pattern: "\\d{1,2}",
  read: (text) => (Number(text) >= least && Number(text) <= most ? text.padStart(2, "0") : undefined),
  forms: { [name]: plain, [name[0]!]: (value) => String(Number(value)) },
});

const TOKENS: Readonly<Record<string, Token>> = {
  date: {
    pattern: "\\d{4}-\\d\\d-\\d\\d|\\d{8}",
    read: (text) => {
      const date = text.length === 8 ? `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}` : text;
      return isDate(date) ? date : undefined;
    },
    forms: { "YYYY-MM-DD": plain, YYYYMMDD: (date) => date.replaceAll("-", "") },
  },
  year: { pattern: "\\d{4}", read: plain, forms: { YYYY: plain } },
  month: twoDigits("MM", 1, 12),
  day: twoDigits("DD", 1, 31),
  hour: twoDigits("HH", 0, 23),
  season: {
    pattern: "\\d{4}(?:-\\d\\d)?",
    read: (text) => (text.length === 4 || text.slice(5) === endOfSeason(text) ? text.slice(0, 4) : undefined),
    forms: { YYYY: plain, "YYYY-YY": (season) => `${season}-${endOfSeason(season)}` },
  },
  run: { pattern: "[^/]+?", read: plain, forms: { text: plain } },
};

function endOfSeason(season: string): string {
  return String((Number(season.slice(0, 4)) + 1) % 100).padStart(2, "0");
}

/** The tokens that say which days a file is of. */
export const DATE_TOKENS: ReadonlySet<string> = new Set(["date", "year", "month", "day", "season"]);

/** Whether a token is a column, whose value the path gives. */
export function isColumnToken(name: string): boolean {
  return !Object.hasOwn(TOKENS, name);
}

/** The names of the forms a token can be written in; none for a column. */
export function formsOf(name: string): string[] {
  return Object.keys(TOKENS[name]?.forms ?? {});
}

/** What a name may have in a token's place. */
export function patternOfToken(name: string): string {
  return TOKENS[name]?.pattern ?? "[^/]+?";
}

/** A value in every form a token is written in. */
export function textsOfToken(name: string, value: string | null): readonly string[] {
  const forms = Object.values(TOKENS[name]?.forms ?? {});
  return forms.length > 0 ? forms.map((form) => form(value!)) : [writeColumn(value)];
}

/** A value in a token's form; the default where it says none. */
export function writeToken(name: string, form: string | undefined, value: string | null): string {
  const forms = TOKENS[name]?.forms;
  return forms ? forms[form ?? Object.keys(forms)[0]!]!(value!) : writeColumn(value);
}

/** The value that a text means for a token, in normal form; `undefined` where it means none. */
export function readToken(name: string, text: string): string | null | undefined {
  return isColumnToken(name) ? readColumn(text) : TOKENS[name]!.read(text);
}

/** What Hive and Spark write for a null. */
const NULL = "__HIVE_DEFAULT_PARTITION__";

/** As Hive and Spark escape a value in the name of a folder. */
function writeColumn(value: string | null): string {
  if (value === null) return NULL;
  return value.replace(
    /\p{Cc}|["#%'*/:=?\\{[\]^]/gu,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

function readColumn(text: string): string | null {
  if (text === NULL) return null;
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escaped) => {
    try {
      return decodeURIComponent(escaped);
    } catch {
      return escaped; // nobody's escape: the bytes are no UTF-8
    }
  });
}
