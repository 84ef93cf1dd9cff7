import { sha256 } from "../digest.js";
import { BronzeError } from "../errors.js";
import { anObject, assertIs, assertOptions, type Kind, type OptionTable, texts } from "../options.js";
import { exactText } from "../table/index.js";
import { Snapshot } from "../travel/index.js";

/**
 * What a digest passes over.
 *
 * @category Runs
 */
export interface DigestOptions {
  /** Columns that say nothing, besides `ingested_ts` and `run_id`: the time of an hourly report. Default: none. */
  readonly ignore?: readonly string[];
}

const OPTIONS: OptionTable<DigestOptions> = { ignore: texts };
const A_SNAPSHOT: Kind = { is: "a snapshot", accepts: (value) => value instanceof Snapshot };

/**
 * A digest over what inputs say: equal exactly when the same rows hold the same values, whatever files they lie in and
 * whenever they were captured. `ingested_ts` and `run_id` are left out, for each scrape brings new ones.
 *
 * @param inputs snapshots, by any names
 * @returns SHA-256, hex
 * @throws BronzeError `INVALID_ARGUMENT` for what is no snapshot, and where there is nothing to look at: no
 * inputs, or every column ignored; of the cells, which are decoded when they are first asked for: `CORRUPT_FILE`,
 * `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (what does not fit the
 * schema, such as an integer past 2^53 under `z.int()`)
 * @example
 * ```ts
 * const digest = digestInputs({ injuries, lines }, { ignore: ["report_ts"] });
 * ```
 * @category Runs
 */
export function digestInputs(
  inputs: Readonly<Record<string, Snapshot<unknown, unknown>>>,
  options: DigestOptions = {},
): string {
  assertOptions(options, OPTIONS, "digestInputs");
  assertIs(inputs, anObject, "What digestInputs is given");
  for (const [name, snapshot] of Object.entries(inputs))
    assertIs(snapshot, A_SNAPSHOT, `"${name}" of what digestInputs is given`);
  const { ignore = [] } = options;
  const ignored = new Set([...CAPTURE_COLUMNS, ...ignore]);
  const named = Object.entries(inputs);
  if (named.length === 0) throw emptyInputs("no inputs are given");
  const said = named
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, snapshot]) => {
      const columns = snapshot.columns.filter((column) => !ignored.has(column)).sort();
      if (columns.length === 0) throw emptyInputs(`every column of "${name}" is left out`);
      const rows = (snapshot.rows() as Record<string, unknown>[]).map((row) =>
        columns.map((column) => row[column]),
      );
      return [name, columns, rows];
    });
  return sha256(exactText(said));
}

/** A digest of nothing never changes, and a run that relies on it never does its work. */
function emptyInputs(why: string): BronzeError {
  return new BronzeError("INVALID_ARGUMENT", `digestInputs has nothing to look at: ${why}.`);
}

const CAPTURE_COLUMNS = ["ingested_ts", "run_id"];
