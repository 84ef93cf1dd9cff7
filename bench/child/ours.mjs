// One question through the built package, in a process of its own: node ours.mjs <request.json>
import { BronzeStore } from "bronzestore";
import { Digest } from "../support/digest.mjs";
import { feeds } from "../support/feeds.mjs";
import { report, request } from "./report.mjs";

const { question, root, dataset = "odds_raw", zod = "zod", ...asked } = request();
const { odds, reports } = feeds(await import(zod));
const digest = new Digest();
const datasets = [dataset === "odds_raw" ? odds() : reports()];
const bronze = new BronzeStore({ root, datasets });
const start = performance.now();
await { asOf, season, join }[question](asked);
report(digest, performance.now() - start);

/** The state at one cutoff, as columns. */
async function asOf({ cutoff, days }) {
  const snapshot = await bronze.asOf(cutoff).read(dataset, days);
  const { price, point, as_of_ts } = Object.fromEntries(
    snapshot.columns.map((name) => [name, snapshot.column(name)]),
  );
  digest.add(price, point, as_of_ts);
}

/** A backtest: day by day, what each game looked like at each of its cutoffs. */
async function season({ days }) {
  for (const labels of days) {
    const joined = await bronze.joinAsOf(labels, dataset, {
      on: ["game_id"],
      cutoff: "cutoff_ts",
      date: "game_date",
      columns: ["book", "market", "outcome", "price", "point", "as_of_ts"],
    });
    for (const { price, point, as_of_ts } of joined) digest.add([price], [point], [as_of_ts]);
  }
}

/** Labels, each with its whole key and a cutoff of its own. */
async function join({ labels }) {
  const joined = await bronze.joinAsOf(labels, dataset, {
    on: ["game_id", "book", "market", "outcome"],
    cutoff: "cutoff_ts",
    date: "game_date",
  });
  digest.add(joined.column("price"), joined.column("point"), joined.column("as_of_ts"));
}
