import type { SingleBar } from "cli-progress";
import type { Io, Sink } from "./io.js";

/** How far some work is. */
export interface Tally {
  readonly done: number;
  /** `undefined` where nobody knows: then there is no time left to say. */
  readonly total?: number;
  /** What is counted: `files`. */
  readonly unit: string;
  /** Bytes that were read so far. */
  readonly bytes?: number;
}

/** A line on stderr while work goes on. */
export interface Progress {
  tell(tally: Tally): void;
  /** Takes the line away. */
  end(): void;
}

/** Work that is done by then shows nothing. */
const AFTER_MS = 1000;
const EVERY_MS = 100;

/**
 * A progress line with rate and time left, at a terminal only, once the work has taken a second.
 */
async function startProgress(
  { stderr }: Pick<Io, "stderr">,
  title: string,
  nowMs: () => number,
): Promise<Progress> {
  if (!stderr.isTTY) return NONE;
  const { SingleBar } = await import("cli-progress");
  const startMs = nowMs();
  let bar: SingleBar | undefined;
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    tell(tally) {
      const atMs = nowMs();
      if (atMs - startMs < AFTER_MS || atMs - lastMs < EVERY_MS) return;
      lastMs = atMs;
      const line = progressLine(title, tally, atMs - startMs);
      if (bar) return bar.update(0, { line });
      bar = new SingleBar({
        stream: stderr as never,
        format: (_options, _params, { line }) => line,
        clearOnComplete: true,
        hideCursor: true,
        fps: 1000 / EVERY_MS,
        linewrap: false,
        autopadding: false,
      });
      bar.start(1, 0, { line });
    },
    end() {
      bar?.stop();
      bar = undefined;
    },
  };
}

/** What a command works with: `Io`, and one line of progress at a time, which goes before anything else is written. */
export interface LiveIo extends Io {
  /** Begins a line in place of the one there is. */
  begin(title: string): Promise<Progress>;
}

/** @param nowMs a clock that only goes forward */
export function liveIo(io: Io, nowMs: () => number = () => performance.now()): LiveIo {
  let current = NONE;
  const after = (sink: Sink): Sink => ({
    ...(sink.isTTY !== undefined && { isTTY: sink.isTTY }),
    ...(sink.columns !== undefined && { columns: sink.columns }),
    write(chunk) {
      current.end();
      return sink.write(chunk);
    },
  });
  return {
    ...io,
    stdout: after(io.stdout),
    stderr: after(io.stderr),
    async begin(title) {
      current.end();
      current = await startProgress(io, title, nowMs);
      return current;
    },
  };
}

const NONE: Progress = { tell: () => {}, end: () => {} };
const WIDTH = 20;

/** `importing [#####---------------] 25% 250/1,000 rows, 125/s, 6 s left`. */
export function progressLine(title: string, { done, total, unit, bytes }: Tally, tookMs: number): string {
  const seconds = Math.max(tookMs / 1000, 0.001);
  const rate = `${shortNumber(done / seconds)}/s`;
  const read = bytes === undefined ? [] : [`${shortNumber(bytes / 1e6)} MB`];
  if (total === undefined) return [`${title} ${wholeNumber(done)} ${unit}`, ...read, rate].join(", ");
  const part = total === 0 ? 1 : Math.min(done / total, 1);
  const filled = Math.round(part * WIDTH);
  const bar = `[${"#".repeat(filled)}${"-".repeat(WIDTH - filled)}] ${Math.floor(part * 100)}%`;
  const left = done > 0 ? [`${timeText(((total - done) * seconds) / done)} left`] : [];
  return [`${title} ${bar} ${wholeNumber(done)}/${wholeNumber(total)} ${unit}`, ...read, rate, ...left].join(
    ", ",
  );
}

function wholeNumber(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
}

function shortNumber(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}

function timeText(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
