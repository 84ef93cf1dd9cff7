import { filesByOracle } from "../../bronze/layout-oracle.js";
import { asOf, type OracleFile, type OracleQuestion, type OracleRow } from "../../oracle.js";
import { countsOf } from "../../oracle-counts.js";
import {
  type Answer,
  type AnsweredQuestion,
  type AsOfQuestion,
  type CaseColumn,
  CHANGE,
  cellOf,
  type DayQuestion,
  type DiffQuestion,
  type JoinQuestion,
  jsonOf,
  type Question,
} from "./case.js";
import { columnsOf, NOTE, rulesOfTree } from "./define.js";
import type { RandomTree, TreeFile } from "./random-tree.js";

/** A file as a question reads it. */
interface ReadFile extends TreeFile {
  /** `{run}`, else its folder: where its retries lie. */
  readonly retryPlace: { readonly name: string; readonly isRun: boolean };
}

/**
 * What the rule answers, by `test/oracle.ts` and `test/bronze/layout-oracle.ts` alone: nothing of `src` is asked.
 *
 * @param pruned paths of files that retention took away
 */
export function answered(tree: RandomTree, question: Question, pruned: readonly string[]): AnsweredQuestion {
  const files = filesRead(tree, question);
  // What went of a day can matter to its questions, whichever files they would have read.
  const hasLost = everyFileOf(tree, question).some(({ path }) => pruned.includes(path));
  const answer = { asOf: answerAsOf, day: answerDay, join: answerJoin, diff: answerDiff }[question.verb];
  return {
    question,
    answer: answer(tree, question as never, files, pruned),
    mayRefuse: hasLost ? "PRUNED" : null,
  };
}

function answerAsOf(
  tree: RandomTree,
  question: AsOfQuestion,
  files: readonly ReadFile[],
  pruned: readonly string[],
): Answer {
  const rules = rulesOfTree(tree);
  const asked = oracleQuestion(question, BigInt(question.cutoff));
  const states = statesOf(tree, files);
  const { rows, eligible } = asOf(states, rules, asked);
  const { maxAsOfTs, maxIngestedTs, ...counts } = countsOf(states, rules, asked);
  const columns = columnsOfAnswer(tree, question, rows);
  const gone = new Set(files.filter(({ path }) => pruned.includes(path)).flatMap((file) => file.rows));
  return {
    columns,
    rows: rows.map((row) => cellsOf(columns, row)),
    counts: {
      ...counts,
      emptyBecause: files.length === 0 ? "no files" : counts.emptyBecause,
      rowsEligiblePruned: eligible.filter(({ file, line }) => gone.has(states[file]!.rows[line]!)).length,
      maxAsOfTs: text(maxAsOfTs),
      maxIngestedTs: text(maxIngestedTs),
    },
    files: files.map(({ path, rows }) => [path, rows.length] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

function answerDay(tree: RandomTree, question: DayQuestion, files: readonly ReadFile[]): Answer {
  const compared = [...columnsOf(tree), NOTE].filter(({ name }) => name !== "ingested_ts");
  const seen = new Map<string, Set<string>>();
  const kept: OracleRow[] = [];
  for (const { rows, retryPlace } of files) {
    const { name, isRun } = retryPlace;
    const before = seen.get(name) ?? new Set<string>();
    const own: string[] = [];
    for (const row of rows) {
      const said = JSON.stringify(cellsOf(compared, row));
      const mayRepeat = isRun || row.run_id !== null;
      if (mayRepeat && before.has(said)) continue;
      if (mayRepeat) own.push(said);
      kept.push(row);
    }
    // Only earlier files count: a row that is twice in one file was sent twice.
    seen.set(name, new Set([...before, ...own]));
  }
  const columns = columnsOfAnswer(tree, question, kept);
  return { columns, rows: kept.map((row) => cellsOf(columns, row)) };
}

function answerJoin(tree: RandomTree, question: JoinQuestion, files: readonly ReadFile[]): Answer {
  const { on, labels } = question;
  const rules = rulesOfTree(tree);
  const states = statesOf(tree, files);
  const types = columnsOf(tree);
  const heldOf = labels.map((label) => {
    const cells = on.map((name, i) => cellOf(types.find((column) => column.name === name)!.type, label[i]!));
    const held = asOf(states, rules, oracleQuestion(question, BigInt(label.at(-1) as string))).rows;
    return held.filter((row) => on.every((name, i) => row[name] === cells[i]));
  });
  const columns = columnsOfAnswer(tree, question, heldOf.flat()).filter(({ name }) => !on.includes(name));
  const none = columns.map(() => null);
  const rows = labels.flatMap((label, i) => {
    const own = heldOf[i]!.map((row) => [...label, ...cellsOf(columns, row)]);
    return own.length === 0 ? [[...label, ...none]] : own;
  });
  const labelColumns = on.map((name) => types.find((column) => column.name === name)!);
  return { columns: [...labelColumns, { name: "cutoff", type: "instant" }, ...columns], rows };
}

function answerDiff(tree: RandomTree, question: DiffQuestion, files: readonly ReadFile[]): Answer {
  const { from, to, columns: asked } = question;
  const rules = rulesOfTree(tree);
  const states = statesOf(tree, files);
  const keyOf = (row: OracleRow) => JSON.stringify(rules.key.map((name) => jsonOf(row[name] ?? null)));
  const [before, after] = [from, to].map((cutoff) => {
    const { rows } = asOf(states, rules, oracleQuestion(question, BigInt(cutoff)));
    return new Map(rows.map((row) => [keyOf(row), row]));
  }) as [Map<string, OracleRow>, Map<string, OracleRow>];
  // The times of a row, its run and what places it in history say nothing new about its key.
  const placing = [rules.asOf, rules.ingested, rules.snapshotTime, "run_id", tree.shape.hour && "report_ts"];
  const compared = (asked === null ? [...columnsOf(tree), NOTE] : columnsOfAnswer(tree, question, [])).filter(
    ({ name }) => !placing.includes(name),
  );
  const said = (row: OracleRow) => JSON.stringify(cellsOf(compared, row));
  const added = [...after].flatMap(([key, row]) => (before.has(key) ? [] : [["added", row] as const]));
  const changed = [...after].flatMap(([key, row]) => {
    const was = before.get(key);
    return was && said(was) !== said(row) ? [["before", was] as const, ["after", row] as const] : [];
  });
  const gone = [...before].flatMap(([key, row]) => (after.has(key) ? [] : [["gone", row] as const]));
  const all = [...added, ...changed, ...gone];
  const columns = columnsOfAnswer(
    tree,
    question,
    all.map(([, row]) => row),
  );
  return {
    columns: [CHANGE, ...columns],
    rows: all.map(([change, row]) => [change, ...cellsOf(columns, row)]),
  };
}

function oracleQuestion(
  { knownBy, maxAge }: { readonly knownBy: string | null; readonly maxAge: string | null },
  cutoff: bigint,
): OracleQuestion {
  return {
    cutoff,
    knownBy: knownBy === null ? undefined : knownBy === "cutoff" ? cutoff : BigInt(knownBy),
    maxAge: maxAge === null ? undefined : BigInt(maxAge),
  };
}

/** The days a question is about, with those before them; `undefined` for all. */
function daysAsked({ dates, lookbackDays }: Question): string[] | undefined {
  if (dates === null) return undefined;
  const back = (date: string, days: number) =>
    new Date(Date.parse(date) - days * 86_400_000).toISOString().slice(0, 10);
  const all = dates.flatMap((date) =>
    Array.from({ length: lookbackDays + 1 }, (_, days) => back(date, days)),
  );
  return [...new Set(all)].sort();
}

function layoutOf({ shape }: RandomTree) {
  return { history: shape.history, latest: shape.latest };
}

/** The files of a question in partition order, of each the rows of the days asked for. */
function filesRead(tree: RandomTree, question: Question): ReadFile[] {
  const { prefer, includeRuns } = question;
  const days = daysAsked(question);
  const byPath = new Map(tree.files.map((file) => [file.path, file]));
  const places = filesByOracle(layoutOf(tree), [...byPath.keys()], days ?? [], { prefer, includeRuns });
  return places.map(({ path, values }): ReadFile => {
    const file = byPath.get(path)!;
    const ofDays = (row: OracleRow) => days?.includes(dayOf(row.report_ts as bigint));
    return {
      ...file,
      rows: tree.shape.isOfMonths && days ? file.rows.filter(ofDays) : file.rows,
      // A file of several days is a state of all of them.
      ...(tree.shape.isOfMonths && tree.rules.meaning === "snapshot" && wholeState(tree, file)),
      retryPlace:
        values.run === undefined
          ? { name: path.slice(0, path.lastIndexOf("/")), isRun: false }
          : { name: `run ${values.run}`, isRun: true },
    };
  });
}

/** Every file of the days of a question, which it may read or not. */
function everyFileOf(tree: RandomTree, question: Question): readonly TreeFile[] {
  const days = daysAsked(question);
  const paths = tree.files.map(({ path }) => path);
  const layout = layoutOf(tree);
  const found = new Set(
    (["history", "latest"] as const).flatMap((prefer) =>
      filesByOracle(layout, paths, days ?? [], { prefer }).map(({ path }) => path),
    ),
  );
  return tree.files.filter(({ path }) => found.has(path));
}

function wholeState(
  tree: RandomTree,
  file: TreeFile,
): Pick<OracleFile, "snapshotTime" | "snapshotIngested" | "covers"> {
  const { ingested, snapshotTime } = tree.rules;
  const latest = (column: string) =>
    file.rows.reduce<bigint | undefined>((max, row) => {
      const time = row[column] as bigint | null;
      return time !== null && (max === undefined || time > max) ? time : max;
    }, undefined);
  const captured = file.snapshotIngested ?? latest(ingested);
  const { scope } = rulesOfTree(tree);
  return {
    snapshotIngested: captured,
    snapshotTime: file.snapshotTime ?? (snapshotTime ? latest(snapshotTime) : undefined) ?? captured,
    covers: [...(file.covers ?? []), ...file.rows.map((row) => scope.map((name) => row[name]!))],
  };
}

/** The states of a feed: files, or all files of a folder together. */
function statesOf(tree: RandomTree, files: readonly ReadFile[]): readonly OracleFile[] {
  if (tree.shape.state !== "folder" || tree.rules.meaning !== "snapshot") return files;
  const folders = new Map<string, OracleRow[]>();
  for (const { path, rows } of files) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    folders.set(folder, [...(folders.get(folder) ?? []), ...rows]);
  }
  return [...folders.values()].map((rows) => ({ rows }));
}

/** What was asked for; else what is declared, and what nobody declares where a row of the answer has it. */
function columnsOfAnswer(tree: RandomTree, { columns }: Question, rows: readonly OracleRow[]): CaseColumn[] {
  const declared = columnsOf(tree);
  if (columns !== null) return columns.map((name) => declared.find((column) => column.name === name)!);
  const hasNote = rows.some(({ note }) => note != null);
  return hasNote ? [...declared, NOTE] : declared;
}

function cellsOf(columns: readonly CaseColumn[], row: OracleRow) {
  return columns.map(({ name }) => jsonOf(row[name] ?? null));
}

const dayIn = new Intl.DateTimeFormat("en-CA", { timeZone: "America/New_York", dateStyle: "short" });
/** The day in New York, by the platform. */
function dayOf(ns: bigint): string {
  return dayIn.format(Number(ns / 1_000_000n));
}

function text(ns: bigint | null): string | null {
  return ns === null ? null : String(ns);
}
