import type { Storage } from "bronzestore";

/** The same storage as a driver that lacks locks. */
export function withoutLocks({ locks: _, ...rest }: Storage): Storage {
  return rest;
}
