/** Runs an example; what goes wrong is told in one message and exit code 1, not in a stack trace. */
export async function runExample(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
