import { BronzeStore } from "bronzestore";
import { Digest } from "../support/digest.mjs";
import { report, request } from "./report.mjs";

/** Asks the question of the request about the feeds that are given, and reports the answer. */
export async function ask({ odds, reports }) {
  const { question, root, ...asked } = request();
  const digest = new Digest();
  const start = performance.now();
  await { asOf, season }[question](asked);
  report(digest, performance.now() - start);

  /** The state at one cutoff, as columns. */
  async function asOf({ dataset = "odds_raw", cutoff, days, cache = false }) {
    const bronze = new BronzeStore({ root, datasets: [dataset === "odds_raw" ? odds() : reports()], cache });
    const snapshot = await bronze.asOf(cutoff).read(dataset, days);
    const { price, point, as_of_ts } = Object.fromEntries(
      snapshot.columns.map((name) => [name, snapshot.column(name)]),
    );
    digest.add(price, point, as_of_ts);
  }

  /** A backtest: day by day, what each game looked like at each of its cutoffs. */
  async function season({ days }) {
    const bronze = new BronzeStore({ root, datasets: [odds()] });
    for (const labels of days) {
      const joined = await bronze.joinAsOf(labels, "odds_raw", {
        on: ["game_id"],
        cutoff: "cutoff_ts",
        date: "game_date",
        columns: ["book", "market", "outcome", "price", "point", "as_of_ts"],
      });
      for (const { price, point, as_of_ts } of joined) digest.add([price], [point], [as_of_ts]);
    }
  }
}
