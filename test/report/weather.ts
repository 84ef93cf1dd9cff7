import { type AnyDataset, BronzeStore, defineDataset, instant, type Storage } from "bronzestore";
import * as z from "zod";

const options = (timeZone: string, every: string) =>
  ({
    layout: "date={date}/hour={hour}/w.parquet",
    timeZone,
    schema: z.object({
      station: z.string(),
      sensor: z.string(),
      place: z.string(),
      celsius: z.number(),
      state: z.string().nullable(),
      as_of_ts: instant(),
      ingested_ts: instant(),
    }),
    key: ["station", "sensor"],
    date: { from: "as_of_ts" },
    hour: { from: "as_of_ts" },
    tombstone: { state: ["closed"] },
    expect: { every },
  }) as const;

/** Temperatures of two stations, by the hour, in a zone of one's own. */
export const weather = (timeZone = "Europe/Berlin", every = "PT1H") =>
  defineDataset({ name: "weather", ...options(timeZone, every) });

/** Another dataset of the same form. */
export const rain = (timeZone: string) => defineDataset({ name: "rain", ...options(timeZone, "PT1H") });

/** @param now the present, for all that is asked of it */
export function storeOf<const Datasets extends readonly AnyDataset[]>(
  storage: Storage,
  datasets: Datasets,
  now = "2026-12-01T00:00:00Z",
) {
  const clock = () => BigInt(Date.parse(now)) * 1_000_000n;
  return new BronzeStore({ storage, datasets, clock });
}

export const reading = (at: string, celsius: number, more: object = {}) => ({
  ...{
    station: "s1",
    sensor: "a",
    place: "roof",
    celsius,
    state: "ok",
    as_of_ts: at,
    ingested_ts: at,
  },
  ...more,
});
