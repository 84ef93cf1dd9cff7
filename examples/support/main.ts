import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Runs the work of a file, if that file is the program that was started: who imports it gets its functions and starts
 * nothing. What goes wrong is told in one message and exit code 1, not in a stack trace.
 *
 * @param file the caller's `import.meta.url`
 */
export async function main(file: string, work: () => Promise<unknown>): Promise<void> {
  const program = process.argv[1];
  if (program === undefined || realpathSync(program) !== realpathSync(fileURLToPath(file))) return;
  try {
    await work();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
