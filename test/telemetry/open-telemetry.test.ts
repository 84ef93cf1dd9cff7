import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { SpanStatusCode, trace } from "@opentelemetry/api";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { withRun } from "bronzestore";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { spansOfBronzestore } from "../../examples/support/open-telemetry.js";
import { injuries, odds, quote } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";
import { storageOnDouble } from "../storage/s3/storage-on-double.js";
import { page } from "./listen.js";

describe("the recipe for spans of OpenTelemetry", () => {
  const exporter = new InMemorySpanExporter();
  let stop: () => void;
  beforeEach(() => {
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    );
    stop = spansOfBronzestore();
  });
  afterEach(() => {
    stop();
    trace.disable();
    exporter.reset();
  });

  /** The names of a span and of those above it, from the outermost. */
  function ways(): string[] {
    const spans = exporter.getFinishedSpans();
    const wayTo = (id: string | undefined): string[] => {
      const span = spans.find((one) => one.spanContext().spanId === id);
      return span ? [...wayTo(span.parentSpanContext?.spanId), span.name.replace("bronzestore:", "")] : [];
    };
    return spans.map((span) => wayTo(span.spanContext().spanId).join(" > "));
  }

  it("is on the page as it is in the file", () => {
    const file = fileURLToPath(new URL("../../examples/support/open-telemetry.ts", import.meta.url));
    expect(page).toContain(`\`\`\`ts\n${readFileSync(file, "utf8")}\`\`\`\n`);
  });

  it("nests spans as the work does, to each request", async () => {
    const storage = storageOnDouble();
    const options = {
      storage,
      name: "score",
      timeZone: "America/New_York",
      datasets: [injuries, odds],
    } as const;
    const { runId } = await withRun(options, async (run) => {
      await run.stage("scrape", {}, async () => {
        await run.bronze.write("odds_raw", [quote("g1", "dk", -110, "2026-01-15T17:00:00Z")]);
        await run.bronze.asOf().read("odds_raw", { date: "2026-01-15" });
      });
    });
    expect(ways()).toContain("run score > stage scrape > write odds_raw > s3 PUT");
    expect(ways()).toContain("run score > stage scrape > read odds_raw > s3 GET");
    expect(ways()).toContain("run score > lock runs/.lock > s3 PUT");
    expect(ways().every((way) => way.startsWith("run score"))).toBe(true);
    const spans = exporter.getFinishedSpans();
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
    const read = spans.find(({ name }) => name === "bronzestore:read odds_raw")!;
    expect(read.attributes).toMatchObject({
      "bronzestore.verb": "read",
      "bronzestore.dataset": "odds_raw",
      "bronzestore.result.rows": 1,
      "bronzestore.result.cost.files": 1,
    });
    const run = spans.find(({ name }) => name === "bronzestore:run score")!;
    expect(run.attributes).toMatchObject({ "bronzestore.runId": runId, "bronzestore.name": "score" });
  });

  it("marks what failed, with the error", async () => {
    const options = { storage: storageOnDouble(), name: "score", timeZone: "America/New_York" };
    await errorOf(withRun({ ...options, lock: "../lock" }, () => {}));
    const [span] = exporter.getFinishedSpans().slice(-1);
    expect(span!.status.code).toBe(SpanStatusCode.ERROR);
    expect(span!.events[0]!.attributes).toMatchObject({ "exception.type": "INVALID_PATH" });
  });

  it("ends when it is told to", async () => {
    stop();
    await withRun({ storage: storageOnDouble(), name: "score", timeZone: "America/New_York" }, () => {});
    expect(exporter.getFinishedSpans()).toEqual([]);
  });
});
