import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Manifest, type RunRecord, readPointer, runRecordSchema } from "bronzestore";
import { LATEST_MINUTES, LATEST_RATES, LATEST_RUN, LATEST_SIM } from "../pipeline/pointers.js";
import { type Finding, quoted, type SecondReader } from "./finding.js";

/** Every row, manifest and pointer belongs to a run that has a file; no two runs were at work at once. */
export async function checkRuns(duckdb: SecondReader, root: string): Promise<Finding[]> {
  const runs = runFiles(root);
  return [
    endings(runs),
    oneAtATime(runs),
    await rowsOfRuns(duckdb, root, runs),
    manifestsOfRuns(root, runs),
    keptOutputs(root, runs),
    await pointersOfRuns(root, runs),
  ];
}

type Runs = ReadonlyMap<string, RunRecord>;

function runFiles(root: string): Runs {
  const names = readdirSync(join(root, "runs"), { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => /^[^/]+\/[^/.]+\.json$/.test(name));
  const records = files.map((name) =>
    runRecordSchema.parse(JSON.parse(readFileSync(join(root, "runs", name), "utf8"))),
  );
  return new Map(records.map((record) => [record.run_id, record]));
}

function endings(runs: Runs): Finding {
  const counts = new Map<string, number>();
  for (const { status } of runs.values()) counts.set(status, (counts.get(status) ?? 0) + 1);
  const found = [...counts].sort().map(([status, count]) => `${count} ${status}`);
  const running = [...runs.values()].filter(({ status }) => status === "running");
  return {
    what: "every run file says how its run ended",
    found: `${runs.size} runs: ${found.join(", ")}`,
    problems: running.map(({ run_id, name }) => `${name} ${run_id} is running, says its file`),
  };
}

/** The one lock at work: a run starts after the one before it has ended, where it lived to say so. */
function oneAtATime(runs: Runs): Finding {
  const inOrder = [...runs.values()].sort((a, b) => (a.started_at < b.started_at ? -1 : 1));
  const instant = (text: string) => Date.parse(text);
  const problems = inOrder.slice(1).flatMap((run, i) => {
    const before = inOrder[i]!;
    const overlaps = before.ended_at !== null && instant(before.ended_at) > instant(run.started_at);
    return overlaps
      ? [`${before.name} ${before.run_id} ended after ${run.name} ${run.run_id} had started`]
      : [];
  });
  return { what: "no two runs were at work at once", found: `${inOrder.length} runs in a row`, problems };
}

async function rowsOfRuns(duckdb: SecondReader, root: string, runs: Runs): Promise<Finding> {
  const files = quoted(join(root, "bronze/*/season=*/date=*/*/*.parquet"));
  const rows = await duckdb.rows(
    `SELECT filename, run_id, count(*) AS rows FROM read_parquet(${files}, filename = true, hive_partitioning = false,
     union_by_name = true) GROUP BY ALL`,
  );
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const { filename, run_id } of rows) {
    const runTs = /run_ts=(\w+)/.exec(filename!)?.[1];
    if (seen.has(filename!)) problems.push(`${filename} holds rows of two runs`);
    seen.add(filename!);
    if (!run_id || !runs.has(run_id)) problems.push(`${filename} is of run ${run_id}, which has no file`);
    else if (runTs !== undefined && !run_id.startsWith(`${runTs}-`))
      problems.push(`${filename} is of run ${run_id}`);
  }
  const total = rows.reduce((sum, { rows }) => sum + Number(rows), 0);
  return { what: "no file of bronze mixes runs", found: `${total} rows in ${seen.size} files`, problems };
}

function manifestsOfRuns(root: string, runs: Runs): Finding {
  const slates = join(root, "gold/slates");
  const names = existsSync(slates) ? readdirSync(slates, { recursive: true, encoding: "utf8" }) : [];
  const manifests = names.filter((name) => /(^|\/)manifest\.[^/]+\.json$/.test(name));
  const by = new Map<string, number>();
  const problems: string[] = [];
  for (const name of manifests) {
    const { run_id }: Manifest = JSON.parse(readFileSync(join(slates, name), "utf8"));
    const run = runs.get(run_id ?? "");
    if (!run) problems.push(`${name} is of run ${run_id}, which has no file`);
    else by.set(run.name, (by.get(run.name) ?? 0) + 1);
  }
  const found = [...by].sort().map(([name, count]) => `${count} by ${name}`);
  return { what: "every manifest names its run", found: found.join(", "), problems };
}

/** What stages kept is what their run files say, and what they needed had been produced. */
function keptOutputs(root: string, runs: Runs): Finding {
  let outputs = 0;
  const problems: string[] = [];
  for (const { run_id, name, stages } of runs.values()) {
    for (const { status, output, needs } of stages) {
      if (output && status === "completed") {
        outputs++;
        const bytes = existsSync(join(root, output.path)) ? readFileSync(join(root, output.path)) : undefined;
        const digest = bytes && createHash("sha256").update(bytes).digest("hex");
        if (digest !== output.sha256) problems.push(`${output.path} is not what ${name} ${run_id} kept`);
      }
      for (const need of status === "completed" ? needs : []) {
        const producer = runs.get(need.run_id)?.stages.find(({ stage }) => stage === need.stage);
        if (producer?.status !== "completed")
          problems.push(`${name} ${run_id} used ${need.stage} of ${need.run_id}, which was not produced`);
      }
    }
  }
  return {
    what: "every output kept is whole, and every need was met",
    found: `${outputs} outputs`,
    problems,
  };
}

/** What a pointer promises, by the stages it leads to. */
const POINTERS: Record<string, readonly string[]> = {
  [LATEST_RUN]: ["minutes", "rates", "sim", "ownership"],
  [LATEST_MINUTES]: ["minutes"],
  [LATEST_RATES]: ["rates"],
  [LATEST_SIM]: ["sim", "ownership"],
};

async function pointersOfRuns(root: string, runs: Runs): Promise<Finding> {
  const found: string[] = [];
  const problems: string[] = [];
  for (const [path, outputs] of Object.entries(POINTERS)) {
    const pointer = await readPointer({ root }, path);
    const run = runs.get(pointer?.run_id ?? "");
    if (!run) {
      problems.push(`${path} names ${pointer ? `${pointer.run_id}, which has no file` : "nothing"}`);
      continue;
    }
    // A kill after the pointer has moved leaves a run that did all its work and could not say so.
    const isDone = run.status === "completed" || run.status === "abandoned";
    if (!isDone) problems.push(`${path} names ${run.run_id}, which is ${run.status}`);
    found.push(run.status);
    for (const name of outputs) {
      const stage = run.stages.find(({ stage }) => stage === name);
      if (stage?.status !== "completed" || !stage.output) problems.push(`${path} leads to no ${name}`);
    }
    const needs = run.stages.flatMap((stage) => stage.needs);
    if (path === LATEST_RUN && needs.some(({ run_id }) => run_id !== run.run_id))
      problems.push(`the stages of ${run.run_id} are of several runs`);
  }
  return {
    what: "every pointer names a run that did its work",
    found: `4 pointers, to runs ${found.join(", ")}`,
    problems,
  };
}
