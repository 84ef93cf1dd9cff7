import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { BronzeStore, Retention } from "bronzestore";
import { addDays } from "../../src/time/index.js";
import { type DaySpec, seasonDays, writeDays } from "./data.js";
import type { Figure } from "./measure.js";
import { odds } from "./odds.mjs";

/** One work to measure. */
export interface Work {
  /** As `--only` takes it. */
  readonly name: string;
  run(bench: Bench): Promise<Figure[]>;
}

/** What a work is given: how much to do, and where. Everything written is gone at the end, but for trees that are to be kept. */
export class Bench {
  readonly quick: boolean;
  /** Whether works that have a size which takes an hour measure it too. */
  readonly large: boolean;
  /** Days of a season. */
  readonly days: number;
  readonly #trees: string | undefined;
  readonly #scratch = mkdtempSync(join(tmpdir(), "bronzestore-bench-"));
  readonly #roots = new Map<string, string>();
  #databases: DuckDBInstance[] = [];

  /** @param options `trees`: a folder that keeps compacted trees for the next run */
  constructor(options: { quick: boolean; large: boolean; days: number; trees: string | undefined }) {
    this.quick = options.quick;
    this.large = options.large;
    this.days = options.days;
    this.#trees = options.trees;
  }

  /** Rounds of a short work, and of one that takes seconds. */
  rounds(kind: "short" | "long"): number {
    return this.quick ? 3 : kind === "short" ? 9 : 7;
  }

  /** A path that nobody else has; nothing is there yet. */
  path(name: string): string {
    return join(mkdtempSync(join(this.#scratch, "at-")), name);
  }

  /** A tree with these days, written once however often it is asked for. */
  tree(days: readonly DaySpec[]): string {
    const asked = JSON.stringify(days);
    let root = this.#roots.get(asked);
    if (root === undefined) {
      root = this.path("tree");
      writeDays(root, days);
      this.#roots.set(asked, root);
    }
    return root;
  }

  /** The same, compacted by days: a file a day. */
  async compactedTree(days: readonly DaySpec[]): Promise<string> {
    const name = createHash("sha256").update(JSON.stringify(days)).digest("hex").slice(0, 16);
    const root = this.#trees === undefined ? this.path("tree") : join(this.#trees, name);
    const isDone = join(root, "done");
    if (existsSync(isDone)) return root;
    rmSync(root, { recursive: true, force: true });
    writeDays(root, days);
    const retention = new Retention({ bronze: new BronzeStore({ root, datasets: [odds()] }), gold: [] });
    const window = { datasets: ["odds_raw"], before: addDays(days.at(-1)!.date, 1), cutoffs: 2 } as const;
    await retention.apply(await retention.planCompact({ ...window, into: "day" }));
    rmSync(join(root, ".trash"), { recursive: true });
    writeFileSync(isDone, "");
    return root;
  }

  /** The season's tree; the works that want a month of it read its first days. */
  season(): { readonly root: string; readonly dates: readonly string[] } {
    const dates = seasonDays(this.days);
    return { root: this.tree(dates.map((date) => ({ date }))), dates };
  }

  /** A DuckDB database of its own, in memory, until the work ends. */
  async duck(): Promise<DuckDBConnection> {
    const database = await DuckDBInstance.create();
    this.#databases.push(database);
    return database.connect();
  }

  /** Gives back what a work held in memory. */
  endWork(): void {
    for (const database of this.#databases) database.closeSync();
    this.#databases = [];
  }

  close(): void {
    rmSync(this.#scratch, { recursive: true, force: true });
  }
}
