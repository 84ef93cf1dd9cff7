import { type BronzeError, isBronzeError, type Storage } from "bronzestore";
import { hooked } from "../gold/hooked-storage.js";
import type { LapsingStorage } from "./lapsing-locks.js";

/** Work of one process, on the storage as that process sees it. */
export type Party = (storage: Storage) => Promise<unknown>;

/** How a party ended: with what it returned, or with an error of the library. */
export type Outcome = { readonly value: unknown } | { readonly error: BronzeError };

/** Where a party stops: before its call of this index, of those that stop it at all. Never, where it makes fewer. */
export interface Stops {
  readonly first: number;
  /** The other, which begins when the first stops. Left out: it goes through. */
  readonly second?: number;
  /** Which calls are counted. Default: those that change a file. */
  readonly counts?: (call: string, path: string) => boolean;
}

/** What came of two parties. */
export interface Interleaved {
  readonly first: Outcome;
  readonly second: Outcome;
  /** The calls they stopped before; `undefined` where a party never did. */
  readonly stoppedAt: readonly [string | undefined, string | undefined];
}

/**
 * Two processes over one storage. The first is suspended before a call for so long that its locks lapse; the second does its
 * work, up to a call before which it is suspended for as long; then the first wakes up and ends, and after it the second.
 */
export async function interleaved(
  storage: LapsingStorage,
  [first, second]: readonly [Party, Party],
  { first: at, second: otherAt, counts = isChange }: Stops,
): Promise<Interleaved> {
  const stoppedAt: [string | undefined, string | undefined] = [undefined, undefined];
  const [firstEnded, endFirst] = signal();
  const [secondRests, restSecond] = signal();
  let other: Promise<Outcome> | undefined;
  const begin = () => {
    other ??= outcomeOf(
      second(
        stopping(storage, counts, otherAt, async (call) => {
          stoppedAt[1] = call;
          storage.lapse();
          restSecond();
          await firstEnded;
        }),
      ),
    ).finally(restSecond);
  };
  const own = await outcomeOf(
    first(
      stopping(storage, counts, at, async (call) => {
        stoppedAt[0] = call;
        storage.lapse();
        begin();
        await secondRests;
      }),
    ),
  );
  endFirst();
  begin();
  return { first: own, second: await other!, stoppedAt };
}

function isChange(call: string): boolean {
  return ["publish", "replace", "swap", "remove"].includes(call);
}

function stopping(
  storage: Storage,
  counts: (call: string, path: string) => boolean,
  at: number | undefined,
  stop: (call: string) => Promise<void>,
): Storage {
  let seen = 0;
  return hooked(storage, {
    async before(call, _, path) {
      if (counts(call, path) && seen++ === at) await stop(`${call} ${path}`);
    },
  });
}

async function outcomeOf(work: Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await work };
  } catch (error) {
    if (isBronzeError(error)) return { error };
    throw error;
  }
}

function signal(): [Promise<void>, () => void] {
  let done = () => {};
  const promise = new Promise<void>((resolve) => {
    done = resolve;
  });
  return [promise, done];
}

/** `ok`, or the code of the error; for tables of what came of it. */
export function endOf(outcome: Outcome): string {
  return "error" in outcome ? outcome.error.code : "ok";
}
