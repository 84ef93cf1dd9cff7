import { shown } from "../../shown.js";
import { usage } from "./usage.js";

/** What `replay` and `leak-check` are told: a module, a slate, or both. */
interface ModuleAndSlate {
  /** `undefined`: the builder of the config. */
  readonly module: string | undefined;
  readonly pairs: readonly string[];
}

/**
 * Tells a module's path from the `COLUMN=VALUE` of a slate.
 *
 * @throws BronzeError `INVALID_ARGUMENT` for two modules
 */
export function moduleAndSlate(words: readonly string[]): ModuleAndSlate {
  const pairs = words.filter((word) => /^[A-Za-z_]\w*=/.test(word));
  const [module, more] = words.filter((word) => !pairs.includes(word));
  if (more !== undefined)
    throw usage(`One module has the builder; ${shown(more)} is neither that nor COLUMN=VALUE.`);
  return { module, pairs };
}
