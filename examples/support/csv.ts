/** A record of a CSV file. An empty field is null; an empty text is written `""`. */
type CsvRecord = Record<string, string | null>;

/**
 * Reads CSV by RFC 4180: the first line names the columns, fields may be quoted, and a quoted field may hold commas,
 * line breaks and doubled quotes.
 *
 * @throws Error naming the line of a broken quote or of a record with too few or too many fields
 */
export function parseCsv(text: string): CsvRecord[] {
  const [header, ...records] = parseFields(text.replace(/^\ufeff/, ""));
  const names = header?.fields.map(String) ?? [];
  return records.map(({ fields, line }) => {
    if (fields.length !== names.length) {
      throw new Error(`CSV line ${line} has ${fields.length} fields; the header has ${names.length}.`);
    }
    return Object.fromEntries(names.map((name, i) => [name, fields[i]!]));
  });
}

/** One field and what ends it. A quoted field is tried first; a lone quote matches neither and is an error. */
const FIELD = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r?\n|$)/y;

interface Fields {
  readonly fields: (string | null)[];
  /** The line it starts on. */
  readonly line: number;
}

function parseFields(text: string): Fields[] {
  const records: Fields[] = [];
  let line = 1;
  let fields: (string | null)[] = [];
  let start = line;
  for (let at = 0; at < text.length || fields.length > 0; ) {
    FIELD.lastIndex = at;
    const match = FIELD.exec(text);
    if (!match) throw new Error(`CSV line ${line} has a quote (or a lone carriage return) inside a field.`);
    const [whole, quoted, plain, end] = match;
    fields.push(quoted?.replaceAll('""', '"') ?? (plain || null));
    at += whole.length;
    line += whole.split("\n").length - 1;
    if (end === ",") continue;
    // An empty line is no record.
    if (fields.length > 1 || fields[0] !== null) records.push({ fields, line: start });
    [fields, start] = [[], line];
  }
  return records;
}
