import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { BronzeStore, formatInstant } from "bronzestore";

/** Rows that a write has acknowledged, as they were handed in. Instants are ISO 8601 in UTC. */
export interface Acknowledged {
  readonly dataset: string;
  readonly run_id: string;
  /** When the write began and when it returned: what it stamped as captured lies between. */
  readonly began: string;
  readonly returned: string;
  readonly rows: readonly Record<string, string | number | null>[];
}

/**
 * From now on, notes of each write of this process what it promised to keep: after it has returned, one line in a file
 * of the run, flushed before anything else happens. Whoever kills the process can hold the store to it. The store's own
 * method is wrapped, so that the scripts need know nothing of it.
 */
export function noteWrites(folder: string, clock: () => bigint): void {
  const write = BronzeStore.prototype.write;
  BronzeStore.prototype.write = async function (name, rows, options) {
    const began = formatInstant(clock());
    const result = await write.call(this, name, rows, options);
    const returned = formatInstant(clock());
    const run_id = options?.run?.id;
    if (run_id === undefined) throw new Error(`A write of ${name} belongs to no run.`);
    note(folder, run_id, { dataset: name, run_id, began, returned, rows });
    return result;
  };
}

function note(folder: string, run: string, ack: object): void {
  mkdirSync(folder, { recursive: true });
  const file = openSync(join(folder, `${run}.jsonl`), "a");
  const asText = (_: string, value: unknown) => (typeof value === "bigint" ? formatInstant(value) : value);
  writeSync(file, `${JSON.stringify(ack, asText)}\n`);
  fsyncSync(file);
  closeSync(file);
}

/** All that was acknowledged, by any process. */
export function acknowledgements(folder: string): Acknowledged[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const lines = readFileSync(join(folder, name), "utf8").split("\n");
    // What follows the last line break was cut off by a kill, so it was never said.
    return lines.slice(0, -1).map((line): Acknowledged => JSON.parse(line));
  });
}
