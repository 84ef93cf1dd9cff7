import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { BronzeError } from "../../errors.js";
import { assertOptions, given, type OptionTable, whole } from "../../options.js";
import { type DurationLike, toDurationNs } from "../../time/index.js";
import { pageCode } from "../page/bundle.mjs";
import { askedBy, REPORT_OPTIONS, type ReportOptions } from "../report.js";
import { LiveReport } from "./live-report.js";
import { respond } from "./routes.js";
import { Session } from "./session.js";
import { watchTree } from "./watch-tree.js";

/**
 * What a live page shows, and where.
 *
 * @category Report
 */
export interface ServeOptions extends Omit<ReportOptions, "checks"> {
  /** Default: one that is free. */
  readonly port?: number;
  /**
   * How often all of the tree is listed to see changes: an exact ISO-8601 duration, not zero. A storage that tells of
   * changes itself, as a local disk does, is listed in case it misses one. Default: `PT1M` where the storage tells, else `PT5S`.
   */
  readonly listEvery?: DurationLike;
}

/**
 * A live page that is served.
 *
 * @category Report
 */
export interface ReportServer {
  /** The link that opens it, `http://127.0.0.1:43117/?token=...`: once, in one browser. */
  readonly url: string;
  /** Ends it: connections are closed, and nothing is listed any more. A second call does nothing. */
  close(): Promise<void>;
}

const { checks: _, ...SHOWN } = REPORT_OPTIONS;
const SERVE_OPTIONS: OptionTable<ServeOptions> = { ...SHOWN, port: whole(0, 65_535), listEvery: given };

/** Many changes within a moment are one. */
const TOGETHER_MS = 250;
/** Where files come all the time, answering takes at most this share of it. */
const SHARE = 1 / 4;
/** Captures become due, and rows old, without a file being written. */
const TIME_PASSES_MS = 60_000;

/**
 * Serves the page of `report` live, to one browser of this computer: it opens with an overview, a day is answered when it is opened, and
 * what is shown follows the tree as files come. It listens on 127.0.0.1 alone.
 *
 * @throws BronzeError of the question, `INVALID_ARGUMENT` (also for a port that cannot be had), `UNKNOWN_DATASET`, `INVALID_INSTANT`,
 * `INVALID_DATE`, `INVALID_DURATION`. What cannot be answered is told on the page
 * @example
 * ```ts
 * const server = await serve({ bronze, gold });
 * console.log(server.url);
 * await server.close();
 * ```
 * @category Report
 */
export async function serve(options: ServeOptions): Promise<ReportServer> {
  assertOptions(options, SERVE_OPTIONS, "serve");
  const { port = 0, listEvery, ...shown } = options;
  const asked = askedBy(shown);
  const everyMs = listEvery === undefined ? undefined : Number(toDurationNs(listEvery, "listEvery")) / 1e6;
  if (everyMs === 0)
    throw new BronzeError("INVALID_ARGUMENT", "listEvery is zero: the tree would be listed all the time.");
  const live = new LiveReport(asked);
  const code = await pageCode();
  const server = createServer();
  await listen(server, port);
  const own = (server.address() as AddressInfo).port;
  const session = new Session(own);
  const url = `http://127.0.0.1:${own}/?token=${session.token}`;
  const routes = { port: own, session, live, code };
  server.on("request", (request, response) => {
    void respond(request, response, routes);
  });

  let waiting: NodeJS.Timeout | undefined;
  const changed = () => {
    waiting ??= setTimeout(
      () => {
        waiting = undefined;
        live.changed();
      },
      Math.max(TOGETHER_MS, live.tookMs / SHARE),
    );
  };
  const clock = setInterval(() => live.isWatched && changed(), TIME_PASSES_MS);
  clock.unref();
  const storages = new Set([asked.bronze.storage, ...(asked.gold ? [asked.gold.storage] : [])]);
  const stops = await Promise.all([...storages].map((storage) => watchTree(storage, everyMs, changed)));
  return {
    url,
    async close() {
      clearTimeout(waiting);
      clearInterval(clock);
      for (const stop of stops.splice(0)) stop();
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `Port ${port} of 127.0.0.1 cannot be had: ${code ?? message}. Name another, or none for one that is free.`,
      { port },
      { cause: error },
    );
  }
}
