import type { IncomingMessage, ServerResponse } from "node:http";
import { isBronzeError } from "../../index.js";
import type { Extent } from "../asked.js";
import { htmlOf, type PageCode, policyOf } from "../html.js";
import { sendStates } from "./event-stream.js";
import type { LiveReport } from "./live-report.js";
import { refusalOf } from "./refusal.js";
import type { Session } from "./session.js";

/** What answers are made of. */
interface Routes {
  readonly port: number;
  readonly session: Session;
  readonly live: LiveReport;
  readonly code: PageCode;
}

/** Answers one request: the page, its answers, and what changes. */
export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  { port, session, live, code }: Routes,
): Promise<void> {
  const policy = `${policyOf(code, true)}; frame-ancestors 'none'`;
  for (const [name, value] of Object.entries({ ...HEADERS, "content-security-policy": policy }))
    response.setHeader(name, value);
  const refused = refusalOf(request, port);
  if (refused) return say(response, refused.status, refused.text);
  const address = `http://127.0.0.1:${port}`;
  if (!URL.canParse(request.url ?? "/", address)) return say(response, 400, "This is no address.");
  const url = new URL(request.url ?? "/", address);
  const isKnown = session.isIn(request.headers.cookie);
  const token = url.pathname === "/" ? url.searchParams.get("token") : null;
  if (token !== null && request.method === "GET") {
    const cookie = isKnown ? undefined : session.take(token);
    if (cookie !== undefined) response.setHeader("set-cookie", cookie);
    // The token leaves the address, and so the history and the screen.
    if (isKnown || cookie !== undefined) {
      response.writeHead(303, { location: "/" }).end();
      return;
    }
  }
  if (!isKnown)
    return say(
      response,
      403,
      "This page is for the browser that opened its link first. Start the server again for another link.",
    );
  try {
    await give(url, response, live, code);
  } catch (error) {
    // Another error is a defect, of which all is said that there is.
    say(
      response,
      500,
      isBronzeError(error) ? `${error.code}: ${error.message}` : String((error as Error).stack),
    );
  }
}

async function give(url: URL, response: ServerResponse, live: LiveReport, code: PageCode): Promise<void> {
  const sendJson = (data: unknown) => send(response, 200, "application/json", JSON.stringify(data));
  const json = async (extent: Extent) => sendJson(await live.answer(extent));
  switch (url.pathname) {
    case "/":
      return send(response, 200, "text/html", htmlOf(await live.answer("overview"), code));
    case "/overview":
      return json("overview");
    case "/day": {
      const date = url.searchParams.get("date") ?? "";
      if (!/^\d{4}-\d\d-\d\d$/.test(date))
        return say(response, 400, "A day is asked for as date=YYYY-MM-DD.");
      return json({ day: date });
    }
    case "/undated":
      return json({ day: null });
    case "/diagnosis": {
      const diagnosis = await live.diagnose();
      return diagnosis
        ? sendJson(diagnosis)
        : say(response, 404, "Nobody was asked to look for what is wrong.");
    }
    case "/changes":
      response.writeHead(200, { "content-type": "text/event-stream" });
      return sendStates(response, live);
    default:
      return say(response, 404, "There is nothing of this name.");
  }
}

const HEADERS = {
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

function say(response: ServerResponse, status: number, text: string): void {
  send(response, status, "text/plain", text);
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { "content-type": `${type}; charset=utf-8` }).end(text);
}
