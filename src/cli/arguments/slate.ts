import type { SlateKey } from "../../gold/index.js";
import { shown } from "../../shown.js";
import { usage } from "./usage.js";

/**
 * A slate as the command line takes it: `season=2025 game_date=2026-01-15 game_id=0022500561`. A season is a number, as the
 * default key has it; all else is text, with every digit.
 *
 * @throws BronzeError `INVALID_ARGUMENT`
 */
export function slateArgument(pairs: readonly string[]): SlateKey {
  const slate = new Map<string, string | number>();
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    if (at <= 0) throw usage(`${shown(pair)} is not COLUMN=VALUE.`);
    if (slate.has(name)) throw usage(`${shown(name)} is given twice.`);
    slate.set(name, name === "season" && /^\d{4}$/.test(value) ? Number(value) : value);
  }
  return Object.fromEntries(slate);
}
