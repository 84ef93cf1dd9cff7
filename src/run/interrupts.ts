import { BronzeError } from "../errors.js";

/** How long work may take to notice that it must stop, before the process ends. */
const GRACE_MS = 2_000;

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** The callbacks of this process's runs; one listener of the process calls them all. */
const watching = new Set<(signal: NodeJS.Signals) => void>();

/** The received signal and whether the program listens for it too, until the last of the runs has ended. */
let pending: { readonly signal: NodeJS.Signals; readonly programListens: boolean } | undefined;

function onSignalReceived(signal: NodeJS.Signals): void {
  // Checked first and now: a once-listener will be gone when the work has ended.
  pending ??= { signal, programListens: process.listenerCount(signal) > 1 };
  for (const notify of watching) notify(signal);
}

/** SIGTERM and SIGINT, while a run holds its lock. */
export interface Interrupts {
  /** Which signal was received, if any. */
  readonly by: NodeJS.Signals | undefined;
  /** Settles when a signal was received and the work did not end within the grace period. */
  readonly graceOver: Promise<void>;
  /**
   * Ends the process by the received signal, as if it had not been caught, unless the program listens for it too: then
   * the program decides. Of several runs in one process the last to end does it.
   */
  die(): void;
  /** Stops listening. */
  stop(): void;
}

/** @param onSignal called at once, with the error for the run's work */
export function watchInterrupts(onSignal: (error: BronzeError) => void): Interrupts {
  let by: NodeJS.Signals | undefined;
  let timer: NodeJS.Timeout | undefined;
  let endGrace = () => {};
  const graceOver = new Promise<void>((resolve) => {
    endGrace = resolve;
  });
  function receive(signal: NodeJS.Signals): void {
    if (by !== undefined) {
      endGrace(); // a second signal: end now
      return;
    }
    by = signal;
    timer = setTimeout(endGrace, GRACE_MS);
    onSignal(new BronzeError("RUN_INTERRUPTED", `The run got ${signal}.`, { signal }));
  }
  function stop(): void {
    clearTimeout(timer);
    watching.delete(receive);
    if (watching.size > 0) return;
    for (const signal of SIGNALS) process.off(signal, onSignalReceived);
  }
  if (watching.size === 0) {
    pending = undefined;
    for (const signal of SIGNALS) process.prependListener(signal, onSignalReceived);
  }
  watching.add(receive);
  if (pending) receive(pending.signal); // received while another run of this process was active
  return {
    get by() {
      return by;
    },
    graceOver,
    die() {
      stop();
      if (by !== undefined && watching.size === 0 && !pending?.programListens) process.kill(process.pid, by);
    },
    stop,
  };
}
