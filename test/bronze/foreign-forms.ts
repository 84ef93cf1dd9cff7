import { CONVERTED, int96, LOGICAL, type Node, UNIT } from "../table/foreign-file.js";

/** A way in which other writers store times or dates. */
export interface Form {
  readonly name: string;
  readonly leaf: Partial<Node>;
  /** What a file holds for an instant, or for the midnight of a day, in nanoseconds. */
  stored(ns: bigint): unknown;
}

export const NS_PER_TICK = { ns: 1n, us: 1_000n, ms: 1_000_000n } as const;
export type Unit = keyof typeof NS_PER_TICK;
export const UNITS: readonly Unit[] = ["ns", "us", "ms"];

export const TEXT: Partial<Node> = { type: "BYTE_ARRAY", converted: CONVERTED.UTF8 };

/** A column of a file. */
export const node = (
  name: string,
  leaf: Partial<Node>,
  repetition: Node["repetition"] = "optional",
): Node => ({
  name,
  repetition,
  ...leaf,
});

/** The leaf of a timestamp. */
export const timestamp = (unit: Unit, utc: boolean): Partial<Node> => ({
  type: "INT64",
  logical: LOGICAL.timestamp(UNIT[unit], utc),
});

export const inUnit = (unit: Unit, utc: boolean): Form => ({
  name: `a ${utc ? "UTC" : "naive"} timestamp in ${unit}`,
  leaf: timestamp(unit, utc),
  stored: (ns) => ns / NS_PER_TICK[unit],
});
export const INT96: Form = { name: "INT96", leaf: { type: "INT96" }, stored: int96 };
/** Times that do not say of which zone they are. */
export const NAIVE: readonly Form[] = [...UNITS.map((unit) => inUnit(unit, false)), INT96];
export const UTC: readonly Form[] = UNITS.map((unit) => inUnit(unit, true));

const isoText = (ns: bigint) => new Date(Number(ns / 1_000_000n)).toISOString();
/** Dates that are nothing else. */
export const DATES: readonly Form[] = [
  {
    name: "DATE",
    leaf: { type: "INT32", converted: CONVERTED.DATE },
    stored: (ns) => Number(ns / 86_400_000_000_000n),
  },
  { name: "text", leaf: TEXT, stored: (ns) => isoText(ns).slice(0, 10) },
];
/** Instants in text, to the millisecond. */
export const INSTANT_TEXTS: readonly Form[] = [
  { name: "text with Z", leaf: TEXT, stored: isoText },
  { name: "seconds in text", leaf: TEXT, stored: (ns) => String(Number(ns / 1_000_000n) / 1_000) },
];
export const NAIVE_TEXT: Form = {
  name: "text without a zone",
  leaf: TEXT,
  stored: (ns) => isoText(ns).slice(0, -1).replace("T", " "),
};
