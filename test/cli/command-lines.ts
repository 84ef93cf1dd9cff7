import { SLATE } from "./trees.js";

export const KEY = "game_id=0022500561 book=draftkings market=h2h outcome=home";
export const LOCK = "2026-01-15T23:45:00Z";

/** Every command, on a tree with a config. */
export const COMMANDS = [
  "ls",
  "ls odds_raw",
  "show injuries_raw 2026-01-15 --limit 2",
  `show injuries_raw 2026-01-15 --as-of ${LOCK} --lookback 1 --columns player_name,status,as_of_ts`,
  `show odds_raw 2026-01-15 --as-of ${LOCK} --known-by cutoff --max-age 6h --limit 2`,
  "show odds_raw 2026-01-15 --as-of now-13h --limit 1",
  `history odds_raw 2026-01-15 ${KEY}`,
  `history odds_raw 2026-01-15 ${KEY} --known-by 2026-01-15T18:00:00-05:00`,
  `explain odds_raw 2026-01-15 ${KEY} --as-of ${LOCK}`,
  `diff odds_raw 2026-01-15 --from 2026-01-15T12:00:00Z --to ${LOCK} --limit 6`,
  "coverage odds_raw --from 2026-01-14 --to 2026-01-15",
  "freshness",
  `freshness odds_raw --at ${LOCK}`,
  "verify --all",
  `verify ${SLATE} --snapshot lock`,
  "doctor",
  "runs",
  "attest",
  "empty-trash --older-than 14d",
];

const TRAINING = "--from 2026-01-15 --to 2026-01-15 --snapshot lock --on game_id --train-end 2026-01-15";

/** What is done with slates, each on what the ones before left. */
export const SLATES = [
  `replay ${SLATE} --snapshot lock`,
  "replay other.ts --all",
  `leak-check ${SLATE} --snapshot lock`,
  "leak-check leaky.ts --all",
  "freeze-due --now 2026-01-15T23:00:00Z",
  "freeze-due",
  "freeze-due",
  "backfill --from 2026-01-15 --to 2026-01-15 --snapshots pretip",
  "backfill --from 2026-01-10 --to 2026-01-11",
  "replay --all",
  "verify --all",
  `training-set v1 labels.ts ${TRAINING} --val-end 2026-01-16`,
  `training-set v1 labels.ts ${TRAINING} --val-end 2026-01-16`,
  // What cannot be.
  `training-set v1 labels.ts ${TRAINING} --val-end 2026-01-17`,
  `training-set v2 none.ts ${TRAINING} --val-end 2026-01-16`,
  `training-set v2 ${TRAINING} --val-end 2026-01-16`,
  "freeze-due none.ts",
  "freeze-due gone.ts",
  "replay build.ts other.ts --all",
  "replay",
  "replay --all --revision 1",
  "replay --all --from 2026-02-01",
  `replay ${SLATE}`,
  `replay failing.ts ${SLATE} --snapshot lock`,
  `leak-check ${SLATE} --snapshot lock --tip now`,
];
