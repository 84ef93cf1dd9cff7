import { Printed, printable } from "../../printed.js";
import { counted } from "../../shown.js";
import { type Cell, cellText, instantText, type JsonCell } from "../../table/index.js";
import type { RowReader, RowSource, TimeNames } from "../frame/row-reader.js";
import { decidedBy, rowOrder } from "../rule/order.js";
import type { Question } from "../rule/query.js";
import { eligiblePositions, goneBy, type Versions } from "../rule/select.js";
import { NEVER } from "../rule/snapshots.js";
import { isAtOrBefore, isNullAt, nsAt } from "../rule/split-instants.js";
import { endOf } from "../rule/version-index.js";
import { rowJson } from "./diff.js";

/**
 * The rule that beat a row.
 *
 * | rule | meaning |
 * |---|---|
 * | `not-selectable` | it has no usable time |
 * | `after-cutoff` | its effective time lies after the cutoff |
 * | `not-known` | it was captured after `knownBy` |
 * | `too-old` | it is older than `maxAge` |
 * | `earlier-effective-time` | a later effective time wins |
 * | `earlier-ingested` | same effective time, captured earlier (or never) |
 * | `earlier-partition` | same times, in an earlier file |
 * | `earlier-row` | same times and file, an earlier row |
 * | `gone` | it was the latest, but a later snapshot no longer has the key |
 * | `tombstone` | it was the latest, and says the key is gone |
 *
 * @category Answers
 */
export type LosingRule =
  | "not-selectable"
  | "after-cutoff"
  | "not-known"
  | "too-old"
  | "earlier-effective-time"
  | "earlier-ingested"
  | "earlier-partition"
  | "earlier-row"
  | "gone"
  | "tombstone";

/**
 * One row of a key's history, with its place and times (epoch nanoseconds).
 *
 * @category Answers
 */
export interface Version<Row> extends RowSource {
  readonly row: Row;
  /** The time that selects it; null when it is not selectable. */
  readonly effective: bigint | null;
  readonly asOf: bigint | null;
  readonly ingested: bigint | null;
  /** Whether `effective` is `ingested_ts`. */
  readonly byFallback: boolean;
}

/**
 * A row that lost, and to what.
 *
 * @category Answers
 */
export interface Loser<Row> extends Version<Row> {
  readonly rule: LosingRule;
}

/**
 * Why a key has the row it has at a cutoff, or none. Prints itself as a few lines.
 *
 * @category Answers
 */
export class Explanation<Row = Record<string, Cell>> extends Printed {
  readonly #typeOf: RowReader["typeOf"];
  readonly #times: TimeNames;
  /** The key's cells by column. */
  readonly key: Readonly<Record<string, Cell>>;
  readonly cutoff: bigint;
  readonly winner: Version<Row> | undefined;
  /** Every other row of the key, latest first. */
  readonly losers: readonly Loser<Row>[];
  /** Files that retention pruned, which may have held more rows of the key: of those that lost, unless `acceptPruned` was given. */
  readonly pruned: readonly string[];
  /** The snapshot that showed the key gone. */
  readonly goneIn: { readonly file: string; readonly time: bigint } | undefined;

  /** @internal */
  constructor(
    facts: Pick<Explanation<Row>, "key" | "cutoff" | "winner" | "losers" | "pruned" | "goneIn">,
    { typeOf, times }: Pick<RowReader, "typeOf" | "times">,
  ) {
    super();
    this.#typeOf = typeOf;
    this.#times = times;
    this.key = facts.key;
    this.cutoff = facts.cutoff;
    this.winner = facts.winner;
    this.losers = facts.losers;
    this.pruned = facts.pruned;
    this.goneIn = facts.goneIn;
  }

  /** One line for the outcome, one for each of the first losers. */
  toString(): string {
    const key = Object.entries(this.key).map(
      ([name, cell]) => `${printable(name)}=${cellText(cell, this.#typeOf(name))}`,
    );
    const head = `${key.join(" ")} at ${instantText(this.cutoff)}`;
    return [
      `${head}: ${this.#outcome()}`,
      ...this.losers
        .slice(0, MOST_LOSERS)
        .map((loser) => `  lost (${loser.rule}): ${place(loser, this.#times)}`),
      ...(this.losers.length > MOST_LOSERS ? [`  ... ${this.losers.length - MOST_LOSERS} more`] : []),
      ...(this.pruned.length > 0
        ? [`  ${counted(this.pruned.length, "pruned file")} may have had more rows of it`]
        : []),
    ].join("\n");
  }

  #outcome(): string {
    if (this.winner) return `won by ${place(this.winner, this.#times)}`;
    if (this.goneIn) return `gone: ${this.goneIn.file} of ${instantText(this.goneIn.time)} no longer has it`;
    return this.losers.length === 0 ? "no row has this key" : "nothing holds";
  }

  /** What `JSON.stringify` writes: cells as `Snapshot.toJSON` has them, instants as ISO text. Never throws. */
  toJSON(): { readonly [name: string]: JsonCell } {
    const version = (of: Version<Row>) => ({
      ...versionJson(of),
      row: rowJson(of.row, this.#typeOf),
    });
    const { goneIn, winner } = this;
    return {
      key: rowJson(this.key, this.#typeOf),
      cutoff: instantText(this.cutoff),
      winner: winner ? version(winner) : null,
      losers: this.losers.map((loser) => ({ ...version(loser), rule: loser.rule })),
      pruned: this.pruned,
      goneIn: goneIn ? { file: goneIn.file, time: instantText(goneIn.time) } : null,
    };
  }
}

function versionJson({ file, rowInFile, effective, asOf, ingested, byFallback }: Version<unknown>) {
  const text = (ns: bigint | null) => (ns === null ? null : instantText(ns));
  const times = { effective: text(effective), asOf: text(asOf), ingested: text(ingested) };
  return { file, rowInFile, ...times, byFallback };
}

const MOST_LOSERS = 20;

function place(version: Version<unknown>, { asOf, ingested }: TimeNames): string {
  const time = version.effective === null ? "no usable time" : instantText(version.effective);
  const by = version.effective === null ? "" : ` (${version.byFallback ? ingested : asOf})`;
  return `${version.file} row ${version.rowInFile}, effective ${time}${by}`;
}

/** A row of the frame as a version. */
export function versionOf<Row>({ times }: Versions, reader: RowReader, row: number): Version<Row> {
  return {
    row: reader.row(row, reader.namesIn([row])) as Row,
    ...reader.sourceOf(row),
    effective: nsAt(times.effective, row),
    asOf: nsAt(times.asOf, row),
    ingested: nsAt(times.ingested, row),
    byFallback: times.byFallback[row] === 1,
  };
}

/** What becomes of a key's versions at a cutoff, by their numbers, and the times they go by. @internal */
export interface Verdict {
  readonly rules: readonly (LosingRule | "won")[];
  readonly goneIn: Explanation["goneIn"];
  effective(number: number): bigint | null;
  isByFallback(number: number): boolean;
}

/** The outcome for one key: which row won, which rule beat each other row, which snapshot ended it. */
export function judge(
  versions: Versions,
  key: number,
  allRows: readonly number[],
  question: Question,
): { winner: number | undefined; losers: { row: number; rule: LosingRule }[]; goneRank: number } {
  const { index, times } = versions;
  const end = endOf(index, key, question.cutoff);
  const positions = eligiblePositions(versions, key, end, question);
  const top = positions.length > 0 ? index.rows[positions.at(-1)!]! : undefined;
  const goneRank = top === undefined ? NEVER : goneBy(versions, key, positions, question);
  const topRule = top === undefined ? undefined : endedBy(versions, top, goneRank);
  const eligible = new Set(positions.map((position) => index.rows[position]!));
  const losers: { row: number; rule: LosingRule }[] = [];
  for (const row of allRows) {
    if (row === top) {
      if (topRule) losers.push({ row, rule: topRule });
    } else if (eligible.has(row)) losers.push({ row, rule: beatenBy(versions, top!, row) });
    else losers.push({ row, rule: excludedBy(versions, row, question) });
  }
  const order = rowOrder(times);
  losers.sort((a, b) => order(b.row, a.row));
  return { winner: topRule ? undefined : top, losers, goneRank };
}

/** The rule that ends a key's last eligible row. */
function endedBy({ isTombstone }: Versions, top: number, goneRank: number): LosingRule | undefined {
  if (goneRank !== NEVER) return "gone";
  return isTombstone?.(top) ? "tombstone" : undefined;
}

function beatenBy({ times, partOf }: Versions, winner: number, loser: number): LosingRule {
  return `earlier-${decidedBy(times, partOf, winner, loser)}`;
}

function excludedBy({ times }: Versions, row: number, { cutoff, knownBy }: Question): LosingRule {
  if (isNullAt(times.effective, row)) return "not-selectable";
  if (!isAtOrBefore(times.effective, row, cutoff)) return "after-cutoff";
  if (knownBy && !isAtOrBefore(times.ingested, row, knownBy)) return "not-known";
  return "too-old";
}
