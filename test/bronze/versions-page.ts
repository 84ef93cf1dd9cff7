import { readFileSync } from "node:fs";

const page = readFileSync(new URL("../../docs/versions-table.md", import.meta.url), "utf8");

/** The SQL of docs/versions-table.md, by the name behind each fence. */
export const STATEMENTS: ReadonlyMap<string, string> = new Map(
  [...page.matchAll(/^```sql (.+)\n([\s\S]*?)^```$/gm)].map((match) => [match[1]!, match[2]!.trim()]),
);

/** A statement of the page, asked at an instant and under a bound. */
export function statement(name: string, { T = 0n, K = 0n }: { T?: bigint; K?: bigint } = {}): string {
  const text = STATEMENTS.get(name);
  if (text === undefined) throw new Error(`docs/versions-table.md has no statement "${name}"`);
  return text.replaceAll(":T", String(T)).replaceAll(":K", String(K));
}

/** The page's statement that makes a table's files a view of an engine. */
export function viewOf(engine: "duckdb" | "clickhouse" | "spark", files: string): string {
  const text = statement(engine);
  const path = "versions/odds_raw/<16 hex>/part-*.parquet";
  if (!text.includes(path)) throw new Error(`the view of ${engine} is not over ${path}`);
  return text.replace(path, files);
}
