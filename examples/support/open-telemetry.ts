import { AsyncLocalStorage } from "node:async_hooks";
import { tracingChannel } from "node:diagnostics_channel";
import { type Attributes, type Context, context, type Span, SpanStatusCode, trace } from "@opentelemetry/api";
import type { TelemetryMessages } from "bronzestore";

/** Each with what tells one span of its kind from another. */
const NAMED_BY = {
  "bronzestore:read": "dataset",
  "bronzestore:engine": "dataset",
  "bronzestore:write": "dataset",
  "bronzestore:freeze": "snapshot",
  "bronzestore:lock": "path",
  "bronzestore:run": "name",
  "bronzestore:stage": "name",
  "bronzestore:retention": "verb",
  "bronzestore:s3": "method",
} as const satisfies { [Name in keyof TelemetryMessages]: keyof TelemetryMessages[Name] };

/** Turns what the library tells into spans, of the tracer that is registered, until the function it returns is called. */
export function spansOfBronzestore(): () => void {
  const tracer = trace.getTracer("bronzestore");
  const within = new AsyncLocalStorage<Context>();
  const spans = new WeakMap<object, Span>();
  const stops = Object.entries(NAMED_BY).map(([name, member]) => {
    const channel = tracingChannel<Context, Record<string, unknown>>(name);
    // Called for each message at its start: what is begun inside of it is a child of its span.
    channel.start.bindStore(within, (message) => {
      const parent = within.getStore() ?? context.active();
      const attributes = attributesOf(message);
      const span = tracer.startSpan(`${name} ${String(message[member])}`, { attributes }, parent);
      spans.set(message, span);
      return trace.setSpan(parent, span);
    });
    const subscribers = {
      asyncEnd(message: Record<string, unknown>) {
        const span = spans.get(message);
        // What became known on the way is there now, too.
        span?.setAttributes(attributesOf(message)).end();
      },
      error(message: { readonly error: unknown }) {
        const span = spans.get(message);
        span?.setStatus({ code: SpanStatusCode.ERROR });
        span?.recordException(message.error as Error);
      },
    };
    channel.subscribe(subscribers as Parameters<typeof channel.subscribe>[0]);
    return () => {
      channel.start.unbindStore(within);
      channel.unsubscribe(subscribers as Parameters<typeof channel.unsubscribe>[0]);
    };
  });
  return () => {
    for (const stop of stops) stop();
  };
}

/** `{ dataset: "odds_raw", result: { rows: 2 } }` as `bronzestore.dataset` and `bronzestore.result.rows`. */
function attributesOf(message: object, prefix = "bronzestore"): Attributes {
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(message)) {
    if (name === "error" || value === undefined) continue;
    const key = `${prefix}.${name}`;
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      Object.assign(attributes, attributesOf(value, key));
    else attributes[key] = Array.isArray(value) ? value.map(String) : value;
  }
  return attributes;
}
