import { parseInstant } from "../time/index.js";

/** Seconds since the epoch, to the nearest that a double holds. @throws BronzeError `INVALID_INSTANT` */
export function instantSeconds(text: string): number {
  const ns = parseInstant(text);
  return Number(`${ns}e-9`);
}
