/**
 * A training set from frozen slates: what was known before each game, joined with the points that were scored in it,
 * split by time. Written once; the same again changes nothing.
 *
 * Run: `npm run demo:week`, then `npx tsx examples/build-training-set.ts [root] [from] [to]` (default: all of demo-data/week).
 */
import { GoldStore, nbaSeason } from "bronzestore";
import { main } from "./support/main.js";
import { headline, note, table } from "./support/print.js";
import { openGames } from "./support/store.js";
import { teamFeatures } from "./support/team-features.js";

await main(import.meta.url, async () => {
  const [root = "demo-data/week", from = "2026-01-12", to = "2026-01-17"] = process.argv.slice(2);
  const { bronze, schedule } = await openGames(root, from, to);
  const gold = new GoldStore({ root, bronze, timeZone: "America/New_York", season: nbaSeason });
  await gold.backfill(schedule, teamFeatures, { from, to, snapshots: ["lock"] });

  const { status, manifest, path } = await gold.trainingSet({
    version: "points-v1",
    snapshot: "lock",
    from,
    to,
    on: ["team"],
    // Labels come from after the game: they are read here, and no builder of slates ever sees them.
    labels: async ({ slate }) => {
      const day = await bronze.readBronzeDay("box_scores_raw", String(slate.game_date));
      const points = new Map<string, number>();
      const own = day.rows().filter(({ game_id }) => game_id === slate.game_id);
      for (const row of own) points.set(row.team, (points.get(row.team) ?? 0) + row.points);
      return [...points].map(([team, team_points]) => ({ team, team_points }));
    },
    splits: { trainEnd: "2026-01-15", valEnd: "2026-01-16" },
  });

  headline(`Training set ${manifest.name}: ${status}`);
  table([
    ["split", "slates", "rows", "SHA-256"],
    ...Object.entries(manifest.files).map(([split, file]) => {
      return [split, file.slates, file.rows, file.sha256.slice(0, 16)];
    }),
  ]);
  const names = (columns: readonly { name: string }[]) => columns.map(({ name }) => name).join(", ");
  note(`known by  ${names(manifest.keys)}`, `features  ${names(manifest.features.columns)}`);
  note(`labels    ${names(manifest.labels.columns)}`, `manifest  ${path}`);

  headline("The first rows to train on");
  const { train } = await gold.readTrainingSet(manifest.name);
  const columns = [
    "game_date",
    ...[...manifest.features.columns, ...manifest.labels.columns].map((c) => c.name),
  ];
  const shown = train.slice(0, 4).map((row) => columns.map((name) => shorten(row[name])));
  table([columns, ...shown]);
});

function shorten(value: unknown): string {
  return typeof value === "number" && !Number.isInteger(value) ? value.toFixed(3) : String(value);
}
