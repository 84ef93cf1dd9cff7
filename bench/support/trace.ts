import type { Page } from "playwright-core";

/** An event of Chromium's trace; times in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur?: number;
  /** In time of the processor, where the trace has it: others may use it in between. */
  readonly tdur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly args?: { readonly name?: string };
}

/** What the main thread of a page did, in milliseconds of the processor. */
interface Traced {
  /** Scripting of each frame that had any. */
  readonly frames: readonly number[];
  readonly longestTask: number;
}

/** What counts as scripting; what one of them holds is counted once. */
const SCRIPTING = new Set([
  ...["EventDispatch", "FunctionCall", "EvaluateScript", "TimerFire", "FireAnimationFrame", "RunMicrotasks"],
  "BlinkScheduler_PerformMicrotaskCheckpoint",
  ...["v8.callFunction", "MinorGC", "MajorGC"],
]);

/** Traces a page while something is done with it. */
export async function traced(page: Page, work: () => Promise<void>): Promise<Traced> {
  const session = await page.context().browser()!.newBrowserCDPSession();
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const ended = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  const included = [
    "devtools.timeline",
    "disabled-by-default-devtools.timeline",
    "v8",
    "toplevel",
    "disabled-by-default-devtools.timeline.frame",
    "devtools.timeline.frame",
  ];
  await session.send("Tracing.start", {
    traceConfig: { includedCategories: included },
    transferMode: "ReportEvents",
  });
  await work();
  await session.send("Tracing.end");
  await ended;
  return readTrace(events);
}

function readTrace(events: readonly TraceEvent[]): Traced {
  // The renderer that did most: a browser has several.
  const mains = events.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain");
  const threads = mains.map(({ pid, tid }) =>
    events.filter((event) => event.pid === pid && event.tid === tid),
  );
  const own = threads.reduce((most, thread) => (thread.length > most.length ? thread : most), []);
  const whole = own.filter(({ ph, dur }) => ph === "X" && dur !== undefined).sort((a, b) => a.ts - b.ts);
  const starts = own.filter(({ name }) => name === "BeginMainThreadFrame").map(({ ts }) => ts);
  if (starts.length === 0) throw new Error("The trace has no frames.");
  const frames = new Map<number, number>();
  let until = 0;
  for (const { name, ts, dur, tdur } of whole) {
    // What lies in another one is in its time already.
    if (!SCRIPTING.has(name) || ts < until) continue;
    const frame = starts.findLastIndex((start) => start <= ts);
    frames.set(frame, (frames.get(frame) ?? 0) + (tdur ?? dur!) / 1000);
    until = ts + dur!;
  }
  const tasks = whole.filter(({ name }) => name === "RunTask" || name === "ThreadControllerImpl::RunTask");
  return {
    frames: [...frames.values()],
    longestTask: Math.max(...tasks.map(({ dur, tdur }) => (tdur ?? dur!) / 1000)),
  };
}
