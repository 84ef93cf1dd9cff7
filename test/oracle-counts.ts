import {
  asOf,
  captures,
  hasUsableTime,
  type OracleFile,
  type OracleQuestion,
  type OracleRow,
  type OracleRules,
  semanticTime,
} from "./oracle.js";

/** What a provenance counts, by brute force: SPEC 4.9. */
export function countsOf(files: readonly OracleFile[], rules: OracleRules, question: OracleQuestion) {
  const { winners, eligible, all } = asOf(files, rules, question);
  return {
    rowsSeen: all.length,
    rowsEligible: eligible.length,
    rowsSelected: winners.length,
    rowsByFallback: winners.filter(({ byFallback }) => byFallback).length,
    rowsNotSelectable: all.filter((version) => !hasUsableTime(version, rules)).length,
    rowsAhead: all.filter(({ row }) => leads(row, rules)).length,
    ...captures(files, rules, question)(),
    emptyBecause: whyEmpty(files.length, all.length, eligible.length, winners.length),
    maxAsOfTs: latest(winners.map(({ row }) => semanticTime(row, rules))),
    maxIngestedTs: latest(winners.map(({ ingested }) => ingested)),
  };
}

function whyEmpty(files: number, all: number, eligible: number, winners: number): string | null {
  if (winners > 0) return null;
  if (all === 0) return files === 0 ? "no files" : "no rows";
  return eligible === 0 ? "nothing known by the cutoff" : "nothing held at the cutoff";
}

function leads(row: OracleRow, rules: OracleRules): boolean {
  const [said, captured] = [semanticTime(row, rules), row.ingested_ts as bigint | null];
  return said !== null && captured !== null && said - captured > (rules.maxLead ?? 0n);
}

function latest(times: readonly (bigint | null)[]): bigint | null {
  return times.reduce((a, b) => (a === null || (b !== null && b > a) ? b : a), null);
}
