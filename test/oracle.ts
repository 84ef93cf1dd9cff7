/** Cells are plain; instants are epoch nanoseconds. */
export type OracleRow = Readonly<Record<string, string | number | bigint | boolean | null>>;
type Time = bigint | null;

/** One history file: its rows, and what a snapshot file declares in its footer. */
export interface OracleFile {
  readonly rows: readonly OracleRow[];
  readonly snapshotTime?: bigint | undefined;
  readonly snapshotIngested?: bigint | undefined;
  /** Scope values, each in the order of the scope columns. */
  readonly covers?: readonly (readonly OracleRow[string][])[];
}

/** What a dataset says of its rows and files; `asOf` (null: none), `ingested` and `snapshotTime` name columns. */
export interface OracleRules {
  readonly key: readonly string[];
  readonly asOf: string | null;
  readonly ingested: string;
  readonly earliest?: bigint | undefined;
  readonly maxLead?: bigint | undefined;
  readonly unreliable?: boolean;
  readonly fallback: "row" | "dataset" | "never";
  readonly meaning: "changes" | "snapshot";
  readonly scope: readonly string[];
  readonly snapshotTime?: string | undefined;
  readonly tombstone?: OracleTombstone | undefined;
  /** Other names of columns, by the column. */
  readonly aliases?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** A function of the row, or values of columns of which any one will do. */
export type OracleTombstone =
  | ((row: OracleRow) => boolean)
  | { readonly [column: string]: readonly OracleRow[string][] };

export interface OracleQuestion {
  readonly cutoff: bigint;
  readonly knownBy?: bigint | undefined;
  readonly maxAge?: bigint | undefined;
}

/** A row with its place and what came of its times. */
export interface OracleVersion {
  readonly row: OracleRow;
  readonly file: number;
  readonly line: number;
  readonly ingested: Time;
  readonly effective: Time;
  readonly byFallback: boolean;
}

/**
 * `asOf` as section 4 of the specification says it, by brute force; nothing is shared with `src`. Files are given in
 * partition order. `rows` and `winners` come by key, `eligible` and `all` in selection order.
 */
export function asOf(
  given: readonly OracleFile[],
  rules: OracleRules,
  { cutoff, knownBy, maxAge }: OracleQuestion,
) {
  const files = given.map((file) => ({ ...file, rows: file.rows.map((row) => ownNames(row, rules)) }));
  const isKnown = (time: Time) => knownBy === undefined || (time !== null && time <= knownBy);
  const ofKey = (a: OracleRow) => (b: OracleRow) => rules.key.every((name) => a[name] === b[name]);

  // The sort is stable, so file order and row order break ties (4.4).
  const all = timed(files, rules, isKnown);
  all.sort((a, b) => compare(a.effective, b.effective) || compare(a.ingested, b.ingested));

  // 4.3, 4.6, 4.7: which rows can be seen.
  const isEligible = (time: Time) =>
    time !== null && time <= cutoff && (maxAge === undefined || time >= cutoff - maxAge);
  const eligible = all.filter((version) => isKnown(version.ingested) && isEligible(version.effective));

  // 4.5: a key is gone when a snapshot after all its eligible rows covers it and lacks it. Null times sort first.
  const snapshots = files.map((file, at) => ({ ...file, at, ...snapshotTimes(file, rules) }));
  const isEvidence = (file: OracleFile, ingested: Time) =>
    knownBy === undefined || (isKnown(ingested) && file.rows.every((row) => row[rules.ingested] !== null));
  snapshots.sort((a, b) => compare(a.time, b.time) || compare(a.ingested, b.ingested));
  const isGone = (row: OracleRow) => {
    const own = eligible.filter((version) => ofKey(row)(version.row));
    const last = snapshots.findLastIndex(({ at }) => own.some(({ file }) => file === at));
    const after = snapshots
      .slice(last + 1)
      .filter((s) => s.time !== null && s.time <= cutoff && isEvidence(s, s.ingested));
    return after.some((snapshot) => covers(snapshot, row, rules.scope) && !snapshot.rows.some(ofKey(row)));
  };
  const winners = eligible
    .filter(({ row }, i) => !eligible.slice(i + 1).some((later) => ofKey(row)(later.row)))
    .filter(({ row }) => !isTombstone(row, rules) && !(rules.meaning === "snapshot" && isGone(row)));
  const byKey = (a: OracleRow, b: OracleRow) =>
    rules.key.map((name) => compare(a[name]!, b[name]!)).find(Boolean) ?? 0;
  winners.sort((a, b) => byKey(a.row, b.row));
  return { rows: winners.map(({ row }) => row), winners, eligible, all };
}

/**
 * 4.9: how much of an answer rests on what was not captured by its cutoff. No key is counted twice: a row that was not
 * says so itself; any other key counts where the answer to what was captured by then has it and this one has not, or the
 * other way round. Under `dataset` that answer goes by the rule of this one; whether it would is told apart.
 */
export function captures(files: readonly OracleFile[], rules: OracleRules, question: OracleQuestion) {
  const { cutoff, knownBy } = question;
  const bound = knownBy !== undefined && knownBy < cutoff ? knownBy : cutoff;
  const rule = ruleAt(files, rules, knownBy);
  const { winners, all } = asOf(files, rule, question);
  const inTime = asOf(files, rule, { ...question, knownBy: bound }).winners;
  const has = (some: readonly OracleVersion[], row: OracleRow) =>
    some.some((own) => rules.key.every((name) => own.row[name] === row[name]));
  const textOf = (row: OracleRow) => rules.key.map((name) => `${typeof row[name]} ${row[name]}`);
  const keys = new Map(all.map(({ row }) => [JSON.stringify(textOf(row)), row]));
  const later = winners.filter(({ ingested }) => ingested !== null && ingested > cutoff);
  const unknown = winners.filter(({ ingested }) => ingested === null);
  const byLaterEvidence = [...keys.values()].filter(
    (row) => !has([...later, ...unknown], row) && has(winners, row) !== has(inTime, row),
  );
  /** Of some keys. */
  return (isAsked: (row: OracleRow) => boolean = () => true) => ({
    rowsCapturedLater: later.filter(({ row }) => isAsked(row)).length,
    rowsCaptureUnknown: unknown.filter(({ row }) => isAsked(row)).length,
    keysByLaterEvidence: byLaterEvidence.filter(isAsked).length,
    asOfUsableByCutoff: ruleAt(files, rules, bound).unreliable === rule.unreliable,
  });
}

/** 4.5: whether a row says that its key is gone. */
export function isTombstone(row: OracleRow, { tombstone = {} }: Pick<OracleRules, "tombstone">): boolean {
  if (typeof tombstone === "function") return tombstone(row);
  return Object.entries(tombstone).some(([column, values]) => values.some((value) => value === row[column]));
}

/** 4.10: a row with the names that the dataset gives its columns. */
function ownNames(row: OracleRow, { aliases }: OracleRules): OracleRow {
  if (!aliases) return row;
  const own = { ...row };
  for (const [column, names] of Object.entries(aliases)) {
    for (const name of names) {
      if (own[name] === undefined) continue;
      own[column] = own[name];
      delete (own as Record<string, unknown>)[name];
    }
  }
  return own;
}

/** The rule by which rows are selected, where `dataset` leaves it to what was captured. */
function ruleAt(files: readonly OracleFile[], rules: OracleRules, knownBy: bigint | undefined): OracleRules {
  if (rules.fallback !== "dataset") return rules;
  const known = files
    .flatMap(({ rows }) => rows)
    .filter((row) => {
      const ingested = row[rules.ingested] as Time;
      return knownBy === undefined || (ingested !== null && ingested <= knownBy);
    });
  return known.some((row) => isTrusted(row, rules))
    ? { ...rules, unreliable: false, fallback: "never" }
    : { ...rules, unreliable: true, fallback: "row" };
}

/** 4.1: whether a row has a usable time, be it one that the rule at hand passes over. */
export function hasUsableTime({ row, effective }: OracleVersion, rules: OracleRules): boolean {
  return effective !== null || isTrusted(row, rules);
}

/** 4.1, 4.2: which time selects each row. */
function timed(
  files: readonly OracleFile[],
  rules: OracleRules,
  isKnown: (time: Time) => boolean,
): OracleVersion[] {
  const read = files.flatMap(({ rows }, file) => rows.map((row, line) => ({ row, file, line })));
  const known = read.filter(({ row }) => isKnown(row[rules.ingested] as Time));
  const allFall = rules.fallback === "dataset" && !known.some(({ row }) => isTrusted(row, rules));
  return read.map((place) => {
    const ingested = place.row[rules.ingested] as Time;
    const byFallback = allFall || !isTrusted(place.row, rules);
    const own = byFallback ? null : semanticTime(place.row, rules);
    const effective = byFallback && (allFall || rules.fallback === "row") ? ingested : own;
    return { ...place, ingested, effective, byFallback };
  });
}

/** 4.1: what the source says of when it held. */
export function semanticTime(row: OracleRow, { asOf }: OracleRules): Time {
  return asOf === null ? null : ((row[asOf] ?? null) as Time);
}

function isTrusted(row: OracleRow, rules: OracleRules): boolean {
  const { ingested, earliest, maxLead, unreliable } = rules;
  const [time, captured] = [semanticTime(row, rules), row[ingested] as Time];
  if (time === null || unreliable || (earliest !== undefined && time < earliest)) return false;
  return maxLead === undefined || captured === null || time <= captured + maxLead;
}

/** When the state of a snapshot file held (declared, else the latest in its column, else its capture), and its capture. */
export function snapshotTimes(file: OracleFile, rules: OracleRules): { time: Time; ingested: Time } {
  const latest = (column: string) =>
    file.rows
      .map((row) => row[column] as Time)
      .sort(compare)
      .at(-1) ?? null;
  const ingested = file.snapshotIngested ?? latest(rules.ingested);
  return {
    ingested,
    time: file.snapshotTime ?? (rules.snapshotTime ? latest(rules.snapshotTime) : null) ?? ingested,
  };
}

function covers(file: OracleFile, row: OracleRow, scope: readonly string[]): boolean {
  const ofScope = (values: readonly unknown[]) => scope.every((name, i) => values[i] === row[name]);
  return (
    scope.length === 0 ||
    [...file.rows.map((own) => scope.map((name) => own[name])), ...(file.covers ?? [])].some(ofScope)
  );
}

/** Nulls first; text by its UTF-8 bytes. */
function compare(a: OracleRow[string], b: OracleRow[string]): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}
