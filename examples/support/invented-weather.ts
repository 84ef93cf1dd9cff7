/** A forecast of one hour at one station. Instants are ISO 8601 in UTC. */
export interface ForecastRow {
  readonly station: string;
  readonly valid_ts: string;
  readonly issued_ts: string;
  readonly ingested_ts: string;
  readonly celsius: number;
}

/** What was measured in that hour. */
interface ObservationRow {
  readonly station: string;
  readonly valid_ts: string;
  readonly as_of_ts: string;
  readonly ingested_ts: string;
  readonly celsius: number;
}

/** Forecast runs in order of issue, and the observations of all hours. */
interface InventedWeather {
  readonly runs: readonly (readonly ForecastRow[])[];
  readonly observations: readonly ObservationRow[];
}

const HOUR_MS = 3_600_000;
const STATIONS = ["coast", "hills", "town"];

/**
 * Some days of three stations. A forecast run begins every six hours, arrives four hours later, and is for the 48 hours
 * after its start; the further ahead, the worse it is. The same seed gives the same weather.
 */
export function inventedWeather(dates: readonly string[], seed = 7): InventedWeather {
  const random = randomFrom(seed);
  const hours = dates.flatMap((date) => Array.from({ length: 24 }, (_, i) => Date.parse(date) + i * HOUR_MS));
  const places = STATIONS.flatMap((station) =>
    hours.map((hour) => ({ station, hour, celsius: tenths(4 + 6 * random()) })),
  );
  const runs: ForecastRow[][] = [];
  for (let issued = hours[0]! - 48 * HOUR_MS; issued <= hours.at(-1)!; issued += 6 * HOUR_MS) {
    const ahead = places.filter(({ hour }) => hour >= issued && hour < issued + 48 * HOUR_MS);
    const rows = ahead.map(({ station, hour, celsius }) => ({
      station,
      valid_ts: iso(hour),
      issued_ts: iso(issued),
      ingested_ts: iso(issued + 4 * HOUR_MS),
      celsius: tenths(celsius + 0.4 * Math.sqrt((hour - issued) / HOUR_MS) * random()),
    }));
    if (rows.length > 0) runs.push(rows);
  }
  const observations = places.map(({ station, hour, celsius }) => {
    return { station, valid_ts: iso(hour), as_of_ts: iso(hour), ingested_ts: iso(hour), celsius };
  });
  return { runs, observations };
}

const iso = (ms: number) => new Date(ms).toISOString();
const tenths = (celsius: number) => Math.round(10 * celsius) / 10;

/** Numbers from -1 to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}
