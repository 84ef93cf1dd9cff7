import type { CommandContext } from "@stricli/core";
import { type ExitCode, note } from "./io.js";
import type { LiveIo } from "./progress.js";

/** What a command works with: `this` of its function. */
export interface Context extends CommandContext {
  readonly io: LiveIo;
  /** How the process shall end, if nothing is thrown. */
  exitCode: ExitCode;
}

/** Lines for people, on stderr. */
export function notes({ io }: Context, lines: readonly string[]): void {
  for (const line of lines) note(io, line);
}
