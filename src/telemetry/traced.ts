import * as diagnostics from "node:diagnostics_channel";
import type { ReleaseMessage, TelemetryMessages } from "./messages.js";

type Name = keyof TelemetryMessages;
type ResultOf<Own extends Name> = NonNullable<TelemetryMessages[Own]["result"]>;

const TRACED: { readonly [Own in Name]: ReturnType<typeof channelOf> } = {
  "bronzestore:read": channelOf("bronzestore:read"),
  "bronzestore:engine": channelOf("bronzestore:engine"),
  "bronzestore:write": channelOf("bronzestore:write"),
  "bronzestore:freeze": channelOf("bronzestore:freeze"),
  "bronzestore:lock": channelOf("bronzestore:lock"),
  "bronzestore:run": channelOf("bronzestore:run"),
  "bronzestore:stage": channelOf("bronzestore:stage"),
  "bronzestore:retention": channelOf("bronzestore:retention"),
  "bronzestore:s3": channelOf("bronzestore:s3"),
};

const released = diagnostics.channel("bronzestore:lock:release");

/** Runtimes that have no tracing channels are told nothing. */
function channelOf(name: Name): diagnostics.TracingChannel | undefined {
  return typeof diagnostics.tracingChannel === "function" ? diagnostics.tracingChannel(name) : undefined;
}

/** Some runtimes do not say it of the five channels together. */
function isHeard(channel: diagnostics.TracingChannel): boolean {
  const { hasSubscribers } = channel as { readonly hasSubscribers?: boolean };
  if (hasSubscribers !== undefined) return hasSubscribers;
  const { start, end, asyncStart, asyncEnd, error } = channel;
  return [start, end, asyncStart, asyncEnd, error].some((one) => one.hasSubscribers);
}

/**
 * Does some work, and tells who listens of its beginning and its end. Where nobody does, the work is all that is done.
 *
 * @param begin what is known before; must not throw
 * @param work gets the message, for what becomes known on the way; `undefined` where nobody listens
 * @param end what came of it, in numbers: subscribers get this, never the answer itself
 */
export function traced<Own extends Name, T>(
  name: Own,
  begin: () => TelemetryMessages[Own],
  work: (message?: TelemetryMessages[Own]) => Promise<T>,
  end: (value: T) => ResultOf<Own>,
): Promise<T> {
  const channel = TRACED[name];
  if (channel === undefined || !isHeard(channel)) return work();
  return heard(channel, begin(), work, end);
}

async function heard<Message extends object, T>(
  channel: diagnostics.TracingChannel,
  message: Message,
  work: (message: Message) => Promise<T>,
  end: (value: T) => unknown,
): Promise<T> {
  let value: T;
  await channel.tracePromise(async () => {
    value = await work(message);
    return end(value);
  }, message);
  return value!;
}

/** Tells that a lock was given back. */
export function tellRelease(message: () => ReleaseMessage): void {
  if (released.hasSubscribers) released.publish(message());
}
