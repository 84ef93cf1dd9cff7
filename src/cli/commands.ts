import { apply } from "./commands/apply.js";
import { attest } from "./commands/attest.js";
import { backfill } from "./commands/backfill.js";
import { compact } from "./commands/compact.js";
import { coverage } from "./commands/coverage.js";
import { diff } from "./commands/diff.js";
import { doctor } from "./commands/doctor.js";
import { emptyTrash } from "./commands/empty-trash.js";
import { explain } from "./commands/explain.js";
import { exportCommand } from "./commands/export.js";
import { freezeDue } from "./commands/freeze-due.js";
import { freshness } from "./commands/freshness.js";
import { history } from "./commands/history.js";
import { importCommand } from "./commands/import.js";
import { init } from "./commands/init.js";
import { leakCheck } from "./commands/leak-check.js";
import { ls } from "./commands/ls.js";
import { prune } from "./commands/prune.js";
import { replay } from "./commands/replay.js";
import { reportCommand } from "./commands/report.js";
import { restore } from "./commands/restore.js";
import { runs } from "./commands/runs.js";
import { show } from "./commands/show.js";
import { sql } from "./commands/sql.js";
import { trainingSet } from "./commands/training-set.js";
import { ui } from "./commands/ui.js";
import { verify } from "./commands/verify.js";

/** Every command, in the order of the help. A new one is a file in `commands/` and its name here. */
export const COMMANDS = {
  init,
  ls,
  show,
  history,
  explain,
  diff,
  coverage,
  freshness,
  verify,
  replay,
  leakCheck,
  attest,
  doctor,
  runs,
  freezeDue,
  backfill,
  trainingSet,
  import: importCommand,
  export: exportCommand,
  compact,
  prune,
  apply,
  restore,
  emptyTrash,
  report: reportCommand,
  ui,
  sql,
} as const;
