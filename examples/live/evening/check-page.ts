import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bullet, counted, green, headline, note, red, table } from "../../support/print.js";
import { openLive } from "../pipeline/open.js";
import { acknowledgements } from "./acks.js";
import { checkRuns } from "./check-runs.js";
import { checkSlates } from "./check-slates.js";
import { checkAcks, checkFiles, checkLatest, checkLock } from "./check-tree.js";
import type { Evening } from "./evening.js";
import { type Finding, secondReader } from "./finding.js";

/** Looks at all that an evening left. */
export async function lookAtEvening(evening: Evening): Promise<Finding[]> {
  const { root, acks, date, games, counts, failedAtLast } = evening;
  const live = openLive([`--root=${root}`, `--date=${date}`]);
  const promised = acknowledgements(acks);
  const quotesOf = new Set(
    promised.filter(({ dataset }) => dataset === "odds_raw").map(({ run_id }) => run_id),
  );
  const { started, succeeded, failed, killed } = counts;
  const duckdb = await secondReader();
  const findings: Finding[] = [
    {
      what: "the last pass, undisturbed, ended well",
      found: `after ${started} processes: ${succeeded} ended well, ${failed} failed, ${killed} were killed`,
      problems: failedAtLast.map((script) => `${script} failed; see its log`),
    },
  ];
  const looks: Record<string, () => Promise<Finding[]>> = {
    "the slates": () => checkSlates(live, games),
    "what was acknowledged": () => checkAcks(duckdb, live, promised),
    "the runs": () => checkRuns(duckdb, root),
    "the files": () => checkFiles(duckdb, root),
    "the latest views": () => checkLatest(live, quotesOf),
    "the lock": () => checkLock(root),
  };
  for (const [name, look] of Object.entries(looks)) {
    try {
      findings.push(...(await look()));
    } catch (error) {
      // A tree so broken that it cannot be looked at is a finding too, and no reason not to look at the rest.
      findings.push({ what: `${name} can be read`, found: "", problems: [(error as Error).message] });
    }
  }
  duckdb.close();
  return findings;
}

/** Prints the check page. @returns whether all is as it must be */
export function printCheckPage(
  findings: readonly Finding[],
  { logs, requests, faults, counts }: Evening,
): boolean {
  headline("Check page");
  table(
    findings.map(({ what, found, problems }) => [
      problems.length === 0 ? green("ok") : red("NO"),
      what,
      found,
    ]),
  );
  note(
    `${counted(requests, "request")} to the feeds, ${faults} of which met a fault; ${skippedIn(logs)} runs skipped, for the ` +
      `lock was held; ${counted(counts.passedOver, "tick")} passed over, for too much was at work.`,
  );
  const wrong = findings.filter(({ problems }) => problems.length > 0);
  for (const { what, problems } of wrong) {
    const more = problems.length > SHOWN ? [`and ${problems.length - SHOWN} more`] : [];
    bullet(`Not so: ${what}`, ...problems.slice(0, SHOWN), ...more);
  }
  return wrong.length === 0;
}

const SHOWN = 10;

function skippedIn(logs: string): number {
  const lines = readdirSync(logs).flatMap((name) => readFileSync(join(logs, name), "utf8").split("\n"));
  return lines.filter((line) => line.includes('"event":"run-skipped"')).length;
}
