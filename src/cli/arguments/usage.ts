import { BronzeError } from "../../errors.js";

/** A command line that makes no sense: the process ends with 2. */
export function usage(what: string): BronzeError {
  return new BronzeError("INVALID_ARGUMENT", what);
}
