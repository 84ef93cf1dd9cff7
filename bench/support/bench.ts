import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { type DaySpec, seasonDays, writeDays } from "./data.js";
import type { Figure } from "./measure.js";

/** One work to measure. */
export interface Work {
  /** As `--only` takes it. */
  readonly name: string;
  run(bench: Bench): Promise<Figure[]>;
}

/** What a work is given: how much to do, and where. Everything written is gone at the end. */
export class Bench {
  readonly quick: boolean;
  /** Days of a season. */
  readonly days: number;
  readonly #scratch = mkdtempSync(join(tmpdir(), "bronzestore-bench-"));
  readonly #roots = new Map<string, string>();
  #databases: DuckDBInstance[] = [];

  constructor({ quick, days }: { quick: boolean; days: number }) {
    this.quick = quick;
    this.days = days;
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
