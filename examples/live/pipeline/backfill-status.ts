import { formatInstant, isBronzeError, parseInstant } from "bronzestore";
import * as z from "bronzestore/zod";
import type { LiveRun } from "./open.js";

const HOUR_NS = 3600n * 1_000_000_000n;

/** One hour of reports, both ends included, epoch nanoseconds. */
interface Hour {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** The hours of a day from 13:00 UTC on, nine in New York's summer and eight in its winter, that have ended. */
export function hoursUntil(date: string, nowNs: bigint): Hour[] {
  const hours: Hour[] = [];
  for (let startNs = parseInstant(`${date}T13:00:00Z`); startNs + HOUR_NS <= nowNs; startNs += HOUR_NS)
    hours.push({ startNs, endNs: startNs + HOUR_NS - 1_000_000_000n });
  return hours;
}

const outcome = z.enum(["in bronze before", "written", "without a report", "failed"]);
const statusFile = z.object({
  hours: z.record(z.string(), z.object({ outcome, why: z.string().nullable() })),
});

/** How far a backfill has come: a file for people, and the memory of what bronze cannot hold, an hour without a report. */
interface BackfillStatus {
  knowsEmpty(hour: Hour): boolean;
  /** Replaces the file, whole and durable. */
  done(hour: Hour, as: z.output<typeof outcome>, error?: Error): Promise<void>;
  summary(): string;
}

/** Goes on from the status that an earlier run left. */
export async function openStatus({ storage }: LiveRun, path: string): Promise<BackfillStatus> {
  const bytes = await storage.read(path).catch((error) => {
    if (isBronzeError(error, "NOT_FOUND")) return undefined;
    throw error;
  });
  const status = bytes ? statusFile.parse(JSON.parse(new TextDecoder().decode(bytes))) : { hours: {} };
  const { hours } = status;
  return {
    knowsEmpty: ({ startNs }) => hours[formatInstant(startNs)]?.outcome === "without a report",
    async done({ startNs }, as, error) {
      hours[formatInstant(startNs)] = { outcome: as, why: error?.message ?? null };
      await storage.replace(path, new TextEncoder().encode(`${JSON.stringify(status, undefined, 2)}\n`));
    },
    summary: () =>
      outcome.options
        .map((name) => `${Object.values(hours).filter((hour) => hour.outcome === name).length} ${name}`)
        .join(", "),
  };
}
