// stopped <root> <how>: the pipeline, which in its second stage says "in" and then behaves as told (one way waits for a
// line of input). After the run it says what came of it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isBronzeError, localDisk } from "bronzestore";
import { say } from "../../../storage/children/say.js";
import { ENOUGH, type PipelineRun, pipeline, runIn } from "../pipeline.js";

const [root = "", how = ""] = process.argv.slice(2);
const disk = localDisk(root);

/** Ends when the run is to stop. */
function listen(run: PipelineRun): Promise<never> {
  return new Promise((_, reject) => {
    run.signal.addEventListener("abort", () => {
      say("told to stop");
      reject(run.signal.reason);
    });
    setInterval(() => {}, 1000); // an abort signal keeps no process alive
  });
}

/** Keeps the thread until whoever sent the signals says so, however long that takes. */
function beBusy(): void {
  while (!existsSync(join(root, ENOUGH)));
}

/** Stops the timer that would end the process after its grace: what ends it then is something else. */
function ignoreForGood(run: PipelineRun): Promise<void> {
  run.signal.addEventListener("abort", () => say("told to stop"));
  const { setTimeout: timer } = globalThis;
  globalThis.setTimeout = (() => timer(() => {}, 2 ** 31 - 1)) as unknown as typeof setTimeout;
  return pause(900_000);
}

const ways: Record<string, (run: PipelineRun) => unknown> = {
  listens: listen,
  ignores: () => pause(900_000),
  "ignores for good": ignoreForGood,
  "is busy": beBusy,
  "has a listener": (run) => {
    process.on("SIGTERM", () => say("my own"));
    return listen(run);
  },
  "has a listener and ignores": () => {
    process.on("SIGTERM", () => say("my own"));
    return new Promise((resolve) => process.stdin.once("data", resolve));
  },
  "has a listener for once": (run) => {
    process.once("SIGTERM", () => say("my own"));
    return listen(run);
  },
  exits: () => process.exit(3),
  throws: () => {
    throw new RangeError("no minutes");
  },
  "goes on while an exception goes uncaught": () => {
    setTimeout(() => {
      throw new RangeError("elsewhere");
    });
    return pause(900_000);
  },
  "goes on while a rejection goes unhandled": () => {
    void Promise.reject(new RangeError("elsewhere"));
    return pause(900_000);
  },
};

function inSecondStage(run: PipelineRun): Promise<void> {
  return pipeline(run, () => {
    say(`in ${run.id}`);
    return ways[how]!(run);
  });
}

try {
  if (how === "waits") {
    setTimeout(() => say("in the queue"), 300);
    await runIn(disk, inSecondStage, { onHeld: "wait", waitFor: "PT800S" });
  } else if (how === "runs beside another run") {
    const beside = (name: string) =>
      runIn(
        disk,
        (run) =>
          run.stage("work", {}, () => {
            say(`${name} ${run.id}`);
            return name === "quick" ? listen(run) : listen(run).catch(() => pause(700));
          }),
        { lock: `runs/.${name}.lock` },
      );
    await Promise.allSettled([beside("quick"), beside("slow")]);
    say("both ended");
  } else await runIn(disk, inSecondStage);
  say("completed");
} catch (error) {
  say(`caught ${isBronzeError(error) ? error.code : String(error)}`);
  process.exit(isBronzeError(error, "RUN_INTERRUPTED") ? 7 : 1);
}
