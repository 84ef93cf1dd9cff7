import { BronzeStore, formatInstant, GoldStore, isBronzeError, toEpochNs } from "bronzestore";
import type { Live } from "../pipeline/open.js";
import { liveSlate } from "../pipeline/slates.js";
import type { Finding } from "./finding.js";

/** Every game is frozen at lock and at pretip, every hash holds, and bronze gives the same again byte for byte. */
export async function checkSlates({ root, date, datasets, place }: Live, games: number): Promise<Finding[]> {
  const bronze = new BronzeStore({ root, datasets });
  const gold = new GoldStore({
    timeZone: "America/New_York",
    root,
    bronze,
    ...place.gold,
  });
  const scheduled = (await bronze.readBronzeDay("schedule_raw", date, { prefer: "latest" })).rows();
  const problems = {
    frozen: [] as string[],
    verified: [] as string[],
    replayed: [] as string[],
    late: [] as string[],
  };
  const counts = { frozen: 0, verified: 0, replayed: 0, rows: 0, moved: 0 };
  if (scheduled.length !== games) problems.frozen.push(`the schedule has ${scheduled.length} games`);

  for (const { game_id, tip_ts } of scheduled) {
    for (const snapshot of ["lock", "pretip"]) {
      const slate = { season: 2025, game_date: date, game_id };
      const name = `${game_id} ${snapshot}`;
      try {
        const { ok, problems: broken } = await gold.verify(slate, { snapshot });
        counts.frozen++;
        if (ok) counts.verified++;
        else
          problems.verified.push(`${name}: ${broken.map(({ kind, path }) => `${kind} ${path}`).join(", ")}`);
        const { identicalBytes, cause, because, manifest } = await gold.replay(
          slate,
          { snapshot },
          liveSlate,
        );
        if (identicalBytes) counts.replayed++;
        else problems.replayed.push(`${name}: ${cause}: ${because.join("; ")}`);
        counts.rows += manifest.output.rows;
        const event = manifest.version === 1 ? manifest.tip_ts : manifest.event_ts;
        if (event !== formatInstant(tip_ts)) counts.moved++;
        if (manifest.output.rows !== 2)
          problems.late.push(`${name} has ${manifest.output.rows} rows for two teams`);
        const cutoff = toEpochNs(manifest.snapshot_ts);
        const isLate = (text: string | null) => text !== null && toEpochNs(text) > cutoff;
        for (const { dataset, max_as_of_ts, max_ingested_ts } of manifest.inputs) {
          if (isLate(max_as_of_ts) || isLate(max_ingested_ts))
            problems.late.push(`${name} stands on later ${dataset}`);
        }
      } catch (error) {
        if (!isBronzeError(error)) throw error;
        problems[error.code === "SLATE_NOT_FROZEN" ? "frozen" : "verified"].push(`${name}: ${error.message}`);
      }
    }
  }
  const of = `of ${2 * games}`;
  const moved = counts.moved === 0 ? "" : `, ${counts.moved} of them before a tip-off moved`;
  return [
    { what: "every slate is frozen", found: `${counts.frozen} ${of}${moved}`, problems: problems.frozen },
    { what: "every slate verifies", found: `${counts.verified} ${of}`, problems: problems.verified },
    {
      what: "every slate replays byte for byte",
      found: `${counts.replayed} ${of}`,
      problems: problems.replayed,
    },
    { what: "no slate stands on later rows", found: `${counts.rows} rows of teams`, problems: problems.late },
  ];
}
