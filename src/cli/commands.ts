import { coverage } from "./commands/coverage.js";
import { diff } from "./commands/diff.js";
import { doctor } from "./commands/doctor.js";
import { explain } from "./commands/explain.js";
import { freshness } from "./commands/freshness.js";
import { history } from "./commands/history.js";
import { ls } from "./commands/ls.js";
import { runs } from "./commands/runs.js";
import { show } from "./commands/show.js";
import { verify } from "./commands/verify.js";

/** Every command, in the order of the help. A new one is a file in `commands/` and its name here. */
export const COMMANDS = {
  ls,
  show,
  history,
  explain,
  diff,
  coverage,
  freshness,
  verify,
  doctor,
  runs,
} as const;
