/**
 * A live evening in a minute and a half: twelve games, six timers that overlap, feeds of which one answer in ten is
 * wrong, and processes killed with `kill -9` all along. Then one quiet pass, and the check page: what must be so is so.
 *
 * Run: `npm run demo:live`, or with `-- --seed=3 --games=4 --fault-rate=0.2 --speedup=600`. It rebuilds ./demo-live-data.
 */
import { parseArgs } from "node:util";
import { lookAtEvening, printCheckPage } from "./live/evening/check-page.js";
import { liveEvening } from "./live/evening/evening.js";
import { main } from "./support/main.js";
import { easternClock, headline, note } from "./support/print.js";

await main(import.meta.url, async () => {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "7" },
      games: { type: "string", default: "12" },
      "fault-rate": { type: "string", default: "0.1" },
      speedup: { type: "string", default: "360" },
      "starts-at": { type: "string", default: "2026-01-15T17:00:00-05:00" },
      until: { type: "string", default: "2026-01-16T01:00:00-05:00" },
      out: { type: "string", default: "demo-live-data" },
    },
  });
  const [seed, games] = [Number(values.seed), Number(values.games)];
  const plan = {
    seed,
    games,
    out: values.out,
    faultRate: Number(values["fault-rate"]),
    speedup: Number(values.speedup),
    startsAt: values["starts-at"],
    until: values.until,
  };
  headline(`A live evening of ${games} games, seed ${seed}, ${plan.speedup} times as fast`);
  const evening = await liveEvening(plan, (nowMs, { started, killed, failed }) => {
    const time = easternClock(BigInt(nowMs) * 1_000_000n);
    note(`${time} ET  ${started} processes started, ${killed} killed, ${failed} failed`);
  });
  if (!printCheckPage(await lookAtEvening(evening), evening)) {
    const args = process.argv.slice(2).filter((arg) => !arg.startsWith("--seed"));
    console.error(`Not so, with seed ${seed}: npm run demo:live -- ${[`--seed=${seed}`, ...args].join(" ")}`);
    console.error(`The tree and the logs are in ${plan.out}.`);
    process.exitCode = 1;
  }
});
