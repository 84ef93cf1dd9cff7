import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { localDisk } from "bronzestore";
import { duckdb } from "bronzestore/duckdb";
import { afterAll, beforeAll } from "vitest";
import type { ExecutingEngine } from "../../src/sql/index.js";

/** Empty folders, each as a storage and as DuckDB sees it; taken away at the end of the file of tests. */
export function duckdbPlaces() {
  let instance: DuckDBInstance;
  const folders: string[] = [];
  beforeAll(async () => {
    instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  });
  afterAll(() => {
    instance.closeSync();
    for (const folder of folders) rmSync(folder, { recursive: true });
  });
  return () => {
    const root = mkdtempSync(join(tmpdir(), "engine-"));
    folders.push(root);
    return {
      root,
      instance,
      storage: localDisk(root),
      engine: duckdb(instance, { root }) as ExecutingEngine,
    };
  };
}
