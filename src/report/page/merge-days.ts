import type { DayData, FindingData, GoldData, ReportData } from "./data.js";

/** Days that were answered by themselves, by date; null is what has no dates. */
export type ReadDays = ReadonlyMap<string | null, ReportData>;

/** An overview with the days that were opened in their places. */
export function withDays(overview: ReportData, read: ReadDays): ReportData {
  if (read.size === 0) return overview;
  const days = overview.days.map((day): DayData => read.get(day.date)?.days[0] ?? day);
  return { ...overview, days, gold: overview.gold && withGold(overview.gold, [...read.values()]) };
}

/** The slates of the opened days with what was found of them; the others are as they were listed. */
function withGold(listed: GoldData, read: readonly ReportData[]): GoldData {
  const own = read.flatMap(({ gold }) => gold ?? []);
  const verified = new Map(own.flatMap(({ slates }) => slates.map((slate) => [slate.path, slate])));
  const slates = listed.slates.map((slate) => verified.get(slate.path) ?? slate);
  const places = new Map(slates.map(({ path }, i) => [path, i]));
  const findings = own.flatMap((gold) =>
    gold.findings.map(
      (finding): FindingData => ({
        ...finding,
        slates: finding.slates.flatMap((number) => places.get(gold.slates[number]!.path) ?? []),
      }),
    ),
  );
  const refused = listed.refused ?? own.find((gold) => gold.refused !== null)?.refused ?? null;
  return { slates, findings, refused };
}
