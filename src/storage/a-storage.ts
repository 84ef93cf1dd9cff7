import { callback, type Kind } from "../options.js";
import type { Storage } from "./storage.js";

const CALLS = [
  "list",
  "read",
  "stat",
  "publish",
  "replace",
  "remove",
  "lock",
] as const satisfies readonly (keyof Storage)[];

/** A storage of anyone's: it is told by what can be called on it. */
export const aStorage: Kind = {
  is: "a storage (localDisk, memoryStorage, or one of your own)",
  accepts: (value) =>
    typeof value === "object" &&
    value !== null &&
    CALLS.every((call) => callback.accepts(Reflect.get(value, call))),
};
