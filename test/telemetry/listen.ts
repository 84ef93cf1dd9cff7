import * as diagnostics from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TelemetryMessages } from "bronzestore";
import { onTestFinished } from "vitest";

type Name = keyof TelemetryMessages;
type Members = Readonly<Record<string, unknown>>;

/** What was told on one tracing channel. */
export interface Told {
  readonly channel: Name;
  /** The message as it was at each of its events, in order; the last has everything. */
  readonly events: { readonly event: string; readonly members: Members }[];
  /** The message itself. */
  readonly message: Members & { readonly result?: Members; readonly error?: unknown };
}

/** Listens to everything until the test ends. */
export function listen(): { readonly told: Told[]; readonly released: Members[] } {
  const told: Told[] = [];
  const released: Members[] = [];
  const byMessage = new Map<object, Told>();
  const stops = channelsOfPage().map((channel) => {
    const event = (event: string) => (message: object) => {
      const known: Told = byMessage.get(message) ?? { channel, events: [], message: message as Members };
      if (!byMessage.has(message)) told.push(known);
      byMessage.set(message, known);
      known.events.push({ event, members: { ...message } });
    };
    const names = ["start", "end", "asyncStart", "asyncEnd", "error"] as const;
    const subscribers = Object.fromEntries(names.map((name) => [name, event(name)]));
    const tracing = diagnostics.tracingChannel(channel);
    tracing.subscribe(subscribers as never);
    return () => tracing.unsubscribe(subscribers as never);
  });
  const onRelease = (message: unknown) => void released.push(message as Members);
  diagnostics.subscribe("bronzestore:lock:release", onRelease);
  onTestFinished(() => {
    for (const stop of stops) stop();
    diagnostics.unsubscribe("bronzestore:lock:release", onRelease);
  });
  return { told, released };
}

export const page = readFileSync(fileURLToPath(new URL("../../docs/telemetry.md", import.meta.url)), "utf8");

/** The table of docs/telemetry.md. */
export function tableOfPage(): { channel: Name; begins: string[]; later: string[]; result: string[] }[] {
  const names = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
  return [...page.matchAll(/^\| `(bronzestore:\w+)` \| (.*) \| (.*) \|$/gm)].map(
    ([, channel, message, result]) => ({
      channel: channel as Name,
      begins: names(message!.replace(/\[.*?\]/g, "")).sort(),
      later: names(message!.match(/\[.*?\]/g)?.join("") ?? "").sort(),
      result: names(result!).sort(),
    }),
  );
}

export function channelsOfPage(): Name[] {
  return tableOfPage().map(({ channel }) => channel);
}
