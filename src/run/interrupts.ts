import { BronzeError } from "../errors.js";

/** How long work may take to notice that it should stop, before the process ends under it. */
const GRACE_MS = 2_000;

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** SIGTERM and SIGINT, while a run holds its lock. */
export interface Interrupts {
  /** Which signal came, if one did. */
  readonly by: NodeJS.Signals | undefined;
  /** Settles when a signal has come and the work did not end within the grace that gives. */
  readonly graceOver: Promise<void>;
  /**
   * Ends the process by the signal that came, as if nobody had caught it, unless someone else listens for it: then it is
   * theirs to decide.
   */
  die(): void;
  /** Stops listening. */
  stop(): void;
}

/** @param onSignal told at once, with the error that the run's work is to see */
export function watchInterrupts(onSignal: (error: BronzeError) => void): Interrupts {
  let by: NodeJS.Signals | undefined;
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
    timer = setTimeout(overWith, GRACE_MS);
    onSignal(new BronzeError("RUN_INTERRUPTED", `The run got ${signal}.`, { signal }));
  }
  function stop(): void {
    clearTimeout(timer);
    for (const signal of SIGNALS) process.off(signal, listen);
  }
  for (const signal of SIGNALS) process.on(signal, listen);
  return {
    get by() {
      return by;
    },
    graceOver,
    die() {
      stop();
      if (by !== undefined && process.listenerCount(by) === 0) process.kill(process.pid, by);
    },
    stop,
  };
}
