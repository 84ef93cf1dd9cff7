import { exportCommand } from "./commands/exchange/export.js";
import { importCommand } from "./commands/exchange/import.js";
import { init } from "./commands/exchange/init.js";
import { backfill } from "./commands/freeze/backfill.js";
import { freezeDue } from "./commands/freeze/freeze-due.js";
import { trainingSet } from "./commands/freeze/training-set.js";
import { coverage } from "./commands/look/coverage.js";
import { diff } from "./commands/look/diff.js";
import { explain } from "./commands/look/explain.js";
import { freshness } from "./commands/look/freshness.js";
import { history } from "./commands/look/history.js";
import { ls } from "./commands/look/ls.js";
import { reportCommand } from "./commands/look/report.js";
import { runs } from "./commands/look/runs.js";
import { show } from "./commands/look/show.js";
import { sql } from "./commands/look/sql.js";
import { ui } from "./commands/look/ui.js";
import { apply } from "./commands/make-room/apply.js";
import { compact } from "./commands/make-room/compact.js";
import { emptyTrash } from "./commands/make-room/empty-trash.js";
import { prune } from "./commands/make-room/prune.js";
import { restore } from "./commands/make-room/restore.js";
import { attest } from "./commands/prove/attest.js";
import { doctor } from "./commands/prove/doctor.js";
import { leakCheck } from "./commands/prove/leak-check.js";
import { replay } from "./commands/prove/replay.js";
import { verify } from "./commands/prove/verify.js";

/** Every command, in the order of the help. A new one is a file in a folder of `commands/` and its name here. */
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
