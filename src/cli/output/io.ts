/** Where text and bytes go: a stream of a process, or a test's own. */
export interface Sink {
  write(chunk: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  /** How many columns wide the terminal is. */
  readonly columns?: number;
}

/** All that the command line takes from the process it runs in. */
export interface Io {
  /** Data only. */
  readonly stdout: Sink;
  /** Progress, notes and errors. */
  readonly stderr: Sink;
  /** The folder to look for a config in, and from which paths are. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The present, in epoch nanoseconds. Default: the system clock. */
  readonly clock?: () => bigint;
  /** Fulfilled when somebody asks the process to end (SIGINT, SIGTERM), for what goes on until then. */
  readonly untilAsked?: () => Promise<void>;
}

/** What a command ends with. */
export const EXIT = {
  fine: 0,
  /** A check found something, or looked at nothing. */
  found: 1,
  /** The command line itself: an unknown flag, an instant without a zone. */
  usage: 2,
  /** It could not be done. */
  failed: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Whether a stream takes colours: a terminal does, unless NO_COLOR says no (https://no-color.org). */
export function takesColour({ isTTY = false }: Sink, env: Io["env"]): boolean {
  return isTTY && !env.NO_COLOR && env.TERM !== "dumb";
}

/** One line for people. */
export function note({ stderr }: Pick<Io, "stderr">, line: string): void {
  stderr.write(`${line}\n`);
}
