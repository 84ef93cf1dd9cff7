import { buildApplication, buildRouteMap, run as runApplication, text_en } from "@stricli/core";
import { LIBRARY_VERSION } from "../version.js";
import { COMMANDS } from "./commands.js";
import { asFlags } from "./output/as-flags.js";
import type { Context } from "./output/context.js";
import { EXIT, type ExitCode, type Io, takesColour } from "./output/io.js";
import { type LiveIo, liveIo } from "./output/progress.js";

/**
 * Runs one command line.
 *
 * @param argv without the program's own name: `["show", "odds_raw", "2026-01-15"]`
 * @returns 0 fine, 1 something was found, 2 the command line makes no sense, 3 it could not be done
 */
export async function run(argv: readonly string[], given: Io): Promise<ExitCode> {
  const io = speakingFlags(liveIo(given), argv[0]);
  const app = buildApplication(
    buildRouteMap({
      routes: COMMANDS,
      docs: { brief: "What did we know at that moment? Time travel over append-only Parquet." },
    }),
    {
      name: "bronzestore",
      versionInfo: { currentVersion: LIBRARY_VERSION },
      scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
      documentation: {
        caseStyle: "convert-camel-to-kebab",
        disableAnsiColor: !takesColour(io.stdout, io.env),
        onlyRequiredInUsageLine: true,
      },
      localization: {
        text: {
          ...text_en,
          exceptionWhileRunningCommand: said,
          exceptionWhileParsingArguments: saidOfArguments,
        },
      },
      determineExitCode: exitCodeOf,
    },
  );
  const context: Context & { process: { stdout: Io["stdout"]; stderr: Io["stderr"]; exitCode?: number } } = {
    io,
    exitCode: EXIT.fine,
    process: { stdout: io.stdout, stderr: io.stderr },
  };
  await runApplication(app, argv.length === 0 ? ["--help"] : argv, context as never);
  const { exitCode = 0 } = context.process;
  if (exitCode === 0) return argv.length === 0 ? EXIT.usage : context.exitCode;
  // Negative codes are the parser's own: of the arguments, or of the program.
  return exitCode > 0 ? (exitCode as ExitCode) : exitCode <= -4 ? EXIT.usage : EXIT.failed;
}

/** What the library advises is said in flags: whoever types has no options. */
function speakingFlags(io: LiveIo, called: string | undefined): LiveIo {
  const name = called?.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const own = Object.entries(COMMANDS).find(([command]) => command === name)?.[1].parameters.flags ?? {};
  const all = Object.assign({}, ...Object.values(COMMANDS).map(({ parameters }) => parameters.flags));
  const write: LiveIo["stderr"]["write"] = (chunk) =>
    io.stderr.write(typeof chunk === "string" ? asFlags(chunk, own, all) : chunk);
  return { ...io, stderr: { ...io.stderr, write } };
}

/** Codes that speak of the command line. Recognized by code: the library's errors and these may be of two copies. */
const USAGE = new Set([
  "INVALID_ARGUMENT",
  "INVALID_DATE",
  "INVALID_DURATION",
  "INVALID_INSTANT",
  "UNKNOWN_COLUMN",
  "UNKNOWN_DATASET",
]);
/** Codes of checks that did not pass. */
const FOUND = new Set(["LEAK", "NOTHING_CHECKED"]);

function exitCodeOf(error: unknown): ExitCode {
  const code = codeOf(error);
  if (code === undefined) return EXIT.failed;
  return FOUND.has(code) ? EXIT.found : USAGE.has(code) ? EXIT.usage : EXIT.failed;
}

function codeOf(error: unknown): string | undefined {
  const { name, code } = (error ?? {}) as { readonly name?: unknown; readonly code?: unknown };
  return name === "BronzeError" && typeof code === "string" ? code : undefined;
}

/** What is said of an error: of ours its code and text, of any other all there is, for it is a defect. */
function said(error: unknown): string {
  const code = codeOf(error);
  if (code !== undefined) return `bronzestore: ${code}: ${(error as Error).message}`;
  return `bronzestore: ${error instanceof Error ? (error.stack ?? String(error)) : String(error)}`;
}

function saidOfArguments(error: unknown): string {
  const text = text_en.exceptionWhileParsingArguments(error, false);
  const dashed = text.replaceAll(/--[a-z]+[A-Z]\w*/g, (flag) =>
    flag.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`),
  );
  return `bronzestore: ${dashed.replace(/^Error: /, "")}`;
}
