/**
 * Freezes a game while a tracer listens, and shows the spans: what was read within what, and how long it took.
 *
 * Run: `npm run demo`, then `npx tsx examples/open-telemetry.ts [root] [date]` (default: demo-data 2026-01-15).
 */
import { trace } from "@opentelemetry/api";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { GoldStore, nbaSeason } from "bronzestore";
import { main } from "./support/main.js";
import { spansOfBronzestore } from "./support/open-telemetry.js";
import { headline, table } from "./support/print.js";
import { openGames } from "./support/store.js";
import { teamFeatures } from "./support/team-features.js";

await main(import.meta.url, async () => {
  const [root = "demo-data", date = "2026-01-15"] = process.argv.slice(2);
  // Where spans go is the program's choice: an exporter of OTLP, say, in place of this one.
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
  const stop = spansOfBronzestore();

  const { bronze, games } = await openGames(root, date);
  const gold = new GoldStore({ root, bronze, timeZone: "America/New_York", season: nbaSeason });
  const { game_id, tip_ts } = games[0]!;
  const slate = { season: 2025, game_date: date, game_id };
  await gold.freeze({ slate, snapshot: "lock", tip: tip_ts }, teamFeatures);
  stop();

  const spans = exporter.getFinishedSpans();
  const depthOf = (id: string | undefined): number => {
    const span = spans.find((one) => one.spanContext().spanId === id);
    return span ? 1 + depthOf(span.parentSpanContext?.spanId) : 0;
  };
  headline("Spans");
  table([
    ["span", "ms", "rows", "bytes read"],
    ...[...spans]
      .sort((a, b) => a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1])
      .map(({ name, parentSpanContext, duration: [seconds, ns], attributes }) => [
        "  ".repeat(depthOf(parentSpanContext?.spanId)) + name,
        Math.round(seconds * 1e3 + ns / 1e6),
        String(attributes["bronzestore.result.rows"] ?? "-"),
        String(attributes["bronzestore.result.cost.bytes"] ?? "-"),
      ]),
  ]);
});
