import { asOf, isTombstone, type OracleVersion } from "../../oracle.js";
import type { AnsweredQuestion, AsOfQuestion } from "./case.js";
import { rulesOfTree } from "./define.js";
import type { LaidOut } from "./lay-out.js";
import type { RandomTree } from "./random-tree.js";

/** What a case has in it, so that a small pack can be chosen that has everything. */
export function traitsOf(
  tree: RandomTree,
  { pruned, compacted }: Pick<LaidOut, "pruned" | "compacted">,
  questions: readonly AnsweredQuestion[],
): string[] {
  const { shape, rules, files } = tree;
  const isSnapshot = rules.meaning === "snapshot";
  const rows = files.flatMap((file) => file.rows);
  const others = files.filter(({ form }) => form.writer === "other");
  const found: Record<string, boolean> = {
    [`${shape.name}, ${rules.meaning}`]: true,
    [`fallback ${rules.fallback}`]: rows.some(({ as_of_ts }) => as_of_ts === null) && rules.asOf !== null,
    [`keys of ${tree.playerType}`]: true,
    [`exact to ${tree.precision}`]: true,
    "another writer's files": others.length > 0,
    "naive times": tree.isNaive && others.some((file) => file.rows.length > 0),
    "instants in text or as INT96":
      tree.hasOldForms && (tree.isNaive || tree.precision === "ms") && others.length > 0,
    "a feed without as_of_ts": rules.asOf === null,
    "as_of_ts never believed": rules.unreliable === true,
    "an earliest time": rules.earliest !== undefined && rows.some(({ as_of_ts }) => as_of_ts === 0n),
    "a bound on leads": rules.maxLead !== undefined && rules.asOf !== null,
    "rows without a capture": rows.some(({ ingested_ts }) => ingested_ts === null),
    "nulls in keys": rows.some((row) => rules.key.some((name) => row[name] === null)),
    "a column name with quotes": /["'`]/.test(tree.names.game),
    "another name of a column": rules.aliases !== undefined && files.some(({ form }) => form.underAlias),
    "integers and doubles of one column":
      new Set(files.filter((file) => file.rows.length > 0).map(({ form }) => form.numbers)).size > 1,
    "columns that files lack": files.some(({ form }) => form.leavesOut),
    "a column that nobody declared": rows.some(({ note }) => note !== null),
    tombstones: rows.some((row) => isTombstone(row, rules)),
    "a file without rows": files.some((file) => file.rows.length === 0),
    "snapshots by scope": isSnapshot && rules.scope.length > 0,
    "a declared scope": files.some(({ covers = [] }) => covers.length > 0),
    "a declared time of a snapshot": files.some(({ snapshotTime }) => snapshotTime !== undefined),
    "a declared capture of a snapshot": files.some(({ snapshotIngested }) => snapshotIngested !== undefined),
    "a snapshot column": rules.snapshotTime !== undefined,
    "several files of one run": files.some(({ path }) => path.includes(".part-")),
    "compacted files": compacted > 0,
    "late files beside compacted ones": compacted > 0 && files.some(({ isLate }) => isLate),
    "pruned files": pruned.length > 0,
  };
  for (const { question, answer, mayRefuse } of questions) {
    const { verb } = question;
    found[`${verb}`] = true;
    if (question.columns !== null) found[`${verb}, of some columns`] = true;
    if (!question.includeRuns) found[`${verb}, without runs`] = true;
    if (question.prefer === "latest" && shape.latest) found[`${verb}, of the latest view`] = true;
    if (mayRefuse && answer.rows.length > 0) found[`${verb}, of a pruned day`] = true;
    if (verb === "day") {
      const stored = new Set(rows.map(({ run_id }) => run_id)).size;
      if (stored < rows.length && question.columns === null) found["a retry"] = true;
      continue;
    }
    if (question.knownBy !== null)
      found[`${verb}, known by ${question.knownBy === "cutoff" ? "the cutoff" : "an instant"}`] = true;
    if (question.maxAge !== null) found[`${verb}, bounded in age`] = true;
    if (verb === "join" && question.on.length === 1) found["join, several rows a label"] = true;
    if (verb === "diff") for (const [change] of answer.rows) found[`diff, ${change}`] = true;
    if (verb === "asOf") {
      for (const trait of ofAnswer(answer)) found[trait] = true;
      for (const trait of decidedBy(tree, question)) found[trait] = true;
    }
  }
  return Object.entries(found)
    .flatMap(([trait, has]) => (has ? [trait] : []))
    .sort();
}

function ofAnswer({ counts }: AnsweredQuestion["answer"]): string[] {
  const { rowsCapturedLater, rowsCaptureUnknown, keysByLaterEvidence, ...rest } = counts!;
  return [
    ...(rowsCapturedLater > 0 ? ["rows captured later"] : []),
    ...(rowsCaptureUnknown > 0 ? ["rows whose capture is unknown"] : []),
    ...(keysByLaterEvidence > 0 ? ["keys by later evidence"] : []),
    ...(rest.asOfUsableByCutoff ? [] : ["no usable as_of_ts by the cutoff"]),
    ...(rest.rowsByFallback > 0 ? ["rows by fallback"] : []),
    ...(rest.rowsNotSelectable > 0 ? ["rows without a usable time"] : []),
    ...(rest.emptyBecause === null ? [] : [`empty: ${rest.emptyBecause}`]),
  ];
}

/** By which of the four levels a key's row won, and whether a key was ended by a state. */
function decidedBy(tree: RandomTree, { cutoff }: AsOfQuestion): string[] {
  const rules = rulesOfTree(tree);
  const sorted = [...tree.files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const { eligible, winners } = asOf(sorted, rules, { cutoff: BigInt(cutoff) });
  const byKey = new Map<string, OracleVersion[]>();
  for (const version of eligible) {
    const key = JSON.stringify(rules.key.map((name) => String(version.row[name])));
    byKey.set(key, [...(byKey.get(key) ?? []), version]);
  }
  const found = new Set<string>();
  for (const own of byKey.values()) {
    const [second, first] = own.slice(-2) as [OracleVersion, OracleVersion?];
    if (first) found.add(`won by ${levelOf(first, second)}`);
    const last = own.at(-1)!;
    if (!winners.includes(last) && !isTombstone(last.row, rules)) found.add("a key that a state ended");
  }
  return [...found];
}

function levelOf(first: OracleVersion, second: OracleVersion): string {
  if (first.effective !== second.effective) return "effective time";
  if (first.ingested !== second.ingested) return "capture";
  return first.file === second.file ? "row order" : "partition order";
}
