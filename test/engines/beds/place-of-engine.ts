import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { clickhouse, type Engine, localDisk, type Storage } from "bronzestore";
import type { Runner } from "./runner.js";

/** A tree, and the engine that reads it. */
export interface PlaceOfEngine {
  readonly storage: Storage;
  readonly engine: Engine;
}

/** An empty folder, each time another, as a storage and as an engine sees it. @param below where it is made */
export function newPlace(below: string, engineOver: (root: string) => Engine): PlaceOfEngine {
  const root = mkdtempSync(join(below, "tree-"));
  return { storage: localDisk(root), engine: engineOver(root) };
}

/** ClickHouse of the test bed over a tree. @param root as it reads it */
export function clickhouseOver(runner: Runner, root: string): Engine {
  return clickhouse({
    root,
    query: async (sql) => (await runner.ask({ do: "text", sql })).text as string,
    command: (sql) => runner.run(sql),
  });
}
