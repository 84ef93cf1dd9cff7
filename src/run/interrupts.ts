import { BronzeError } from "../errors.js";

/** How long work may take to notice that it should stop, before the process ends under it. */
const GRACE_MS = 2_000;

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** The listeners of the runs of this process; all others are the program's own. */
const watching = new Set<unknown>();

/** SIGTERM and SIGINT, while a run holds its lock. */
export interface Interrupts {
  /** Which signal came, if one did. */
  readonly by: NodeJS.Signals | undefined;
  /** Settles when a signal has come and the work did not end within the grace that gives. */
  readonly graceOver: Promise<void>;
  /**
   * Ends the process by the signal that came, as if nobody had caught it, unless someone else listens for it: then it is
   * theirs to decide. Of several runs in one process the last to end does it.
   */
  die(): void;
  /** Stops listening. */
  stop(): void;
}

/** @param onSignal told at once, with the error that the run's work is to see */
export function watchInterrupts(onSignal: (error: BronzeError) => void): Interrupts {
  let by: NodeJS.Signals | undefined;
  let isTheirs = false;
  let timer: NodeJS.Timeout | undefined;
  let overWith = () => {};
  const graceOver = new Promise<void>((resolve) => {
    overWith = resolve;
  });
  function listen(signal: NodeJS.Signals): void {
    if (by !== undefined) {
      overWith(); // asked twice: now
      return;
    }
    by = signal;
    // Asked first and now: a listener for once will be gone when the work has ended.
    isTheirs = process.listeners(signal).some((listener) => !watching.has(listener));
    timer = setTimeout(overWith, GRACE_MS);
    onSignal(new BronzeError("RUN_INTERRUPTED", `The run got ${signal}.`, { signal }));
  }
  function stop(): void {
    clearTimeout(timer);
    for (const signal of SIGNALS) process.off(signal, listen);
    watching.delete(listen);
  }
  watching.add(listen);
  for (const signal of SIGNALS) process.prependListener(signal, listen);
  return {
    get by() {
      return by;
    },
    graceOver,
    die() {
      stop();
      const isLast = watching.size === 0;
      if (by !== undefined && isLast && !isTheirs) process.kill(process.pid, by);
    },
    stop,
  };
}
