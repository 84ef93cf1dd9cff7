/**
 * What is wrong in a file, in our words, and where. The code that catches it knows the file and the column.
 *
 * Third-party decoders throw `TypeError` and `RangeError` on damage; their messages ("reading 'push'") are about their
 * code, not about the file, so they are kept as the cause and never shown.
 */
export class Damage extends Error {
  readonly place: Place;

  constructor(message: string, place: Place = {}, options?: ErrorOptions) {
    super(message, options);
    this.place = place;
  }
}

/**
 * No damage, but what is not read here: values that no type of this library holds, a codec without a decoder, a form of file.
 * `at` passes it on unchanged.
 */
export class NotKept extends Error {}

/** Where in a file; counted from 0, offsets from the file's first byte. */
interface Place {
  readonly rowGroup?: number;
  /** Names from the top-level column down, of a column that has more than one leaf or level. */
  readonly leaf?: string;
  /** Number of the page in its chunk, the dictionary included. */
  readonly page?: number;
  readonly offset?: number;
  /** What the page declares that it holds. */
  readonly holds?: string | undefined;
}

/**
 * Runs work on one place of a file. An error in it becomes a `Damage` that names the place.
 *
 * @param expected what the bytes should have been, for errors whose own message is of no use
 */
export function at<T>(place: Place, expected: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof NotKept) throw error;
    const inner = error instanceof Damage ? error.place : {};
    throw new Damage(reasonOf(error, expected), { ...place, ...inner }, { cause: error });
  }
}

/** What an error says about the file; only errors thrown on purpose do. */
export function reasonOf(error: unknown, expected: string): string {
  // Node's and fzstd's errors have codes; hyparquet's plain ones say what it does not support in the file.
  const isPlain = error instanceof Error && error.constructor === Error && !("code" in error);
  return error instanceof Damage || isPlain ? error.message : `its bytes are not ${expected}`;
}

/** `, row group 0, page 2 at byte 812 (400 INT64 values, PLAIN)`; nothing for no place. */
export function describePlace({ rowGroup, leaf, page, offset, holds }: Place): string {
  return [
    leaf === undefined ? "" : `, leaf "${leaf}"`,
    rowGroup === undefined ? "" : `, row group ${rowGroup}`,
    page === undefined ? "" : `, page ${page}`,
    offset === undefined ? "" : ` at byte ${offset}`,
    holds === undefined ? "" : ` (${holds})`,
  ].join("");
}
