import { AsyncLocalStorage } from "node:async_hooks";

interface Holding {
  readonly of: Ambient<unknown>;
  readonly value: unknown;
  readonly outer: Holding | undefined;
}

/**
 * One for the process: Node before 24 never forgets an `AsyncLocalStorage` that has run something, and stamps each on
 * every promise and timer from then on. With one a run, a process that lives for thousands of runs slows and fills up.
 */
const holdings = new AsyncLocalStorage<Holding>();

/** A value that holds for one owner during some work, and in all that the work begins; of nested ones, the innermost. */
export class Ambient<T> {
  /** The value that holds here; `undefined` outside of such work. */
  get(): T | undefined {
    let holding = holdings.getStore();
    while (holding && holding.of !== this) holding = holding.outer;
    return holding?.value as T | undefined;
  }

  during<R>(value: T, work: () => R): R {
    return holdings.run({ of: this, value, outer: holdings.getStore() }, work);
  }
}
