import { BronzeError } from "../../errors.js";
import { shown } from "../../shown.js";
import { formatInstant, parseInstant, toDurationNs } from "../../time/index.js";

/**
 * An instant as the command line takes it: ISO 8601 with a zone, `now`, or `now` and an exact duration (`now-2h`,
 * `now-P1DT12H`).
 *
 * @param what how an error names it: `--as-of`
 * @returns epoch nanoseconds
 * @throws BronzeError `INVALID_INSTANT`, `INVALID_DURATION`
 */
export function instantArgument(text: string, what: string, nowNs: bigint): bigint {
  const relative = /^now(?:([+-])(.+))?$/i.exec(text);
  if (!relative) return ofIso(text, what);
  const [, sign, duration] = relative;
  if (duration === undefined) return nowNs;
  const ns = durationArgument(duration, `duration of ${what}`);
  return sign === "-" ? nowNs - ns : nowNs + ns;
}

/** The same as text, for the library. */
export function instantText(text: string, what: string, nowNs: bigint): string {
  return formatInstant(instantArgument(text, what, nowNs));
}

/**
 * An exact duration: ISO 8601 (`PT6H`), or in short (`6h`, `1d12h`, `90m`, `30s`); a day is 24 hours.
 *
 * @returns nanoseconds
 * @throws BronzeError `INVALID_DURATION`
 */
function durationArgument(text: string, what: string): bigint {
  return toDurationNs(isoDuration(text), what);
}

/** A short duration as ISO 8601 writes it; anything else as it is. */
export function isoDuration(text: string): string {
  const parts = /^(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?$/.exec(text);
  if (!parts || text === "") return text;
  const [, weeks, days, hours, minutes, seconds] = parts;
  const date = (weeks ? `${weeks}W` : "") + (days ? `${days}D` : "");
  const time = (hours ? `${hours}H` : "") + (minutes ? `${minutes}M` : "") + (seconds ? `${seconds}S` : "");
  return `P${date}${time && `T${time}`}`;
}

function ofIso(text: string, what: string): bigint {
  if (!/^[+-]?\d/.test(text))
    throw new BronzeError(
      "INVALID_INSTANT",
      `${what} ${shown(text)} is no instant; write "2026-01-15T23:45:00Z", an offset in place of Z, "now", or "now-2h".`,
      { value: text },
    );
  try {
    return parseInstant(text);
  } catch (error) {
    const said = (error as Error).message.replace(/^Instant /, `${what} `);
    throw new BronzeError("INVALID_INSTANT", said, { value: text }, { cause: error });
  }
}
