import { setTimeout as sleep } from "node:timers/promises";
import * as z from "bronzestore/zod";

interface FetchFeedOptions<Page> {
  /** What a page must be; what it makes of it is the result. */
  readonly schema: z.ZodType<Page>;
  /** Attempts after the first. Default: 3. */
  readonly retries?: number;
  /** How long one attempt may take, body included. Default: 5000. */
  readonly timeoutMs?: number;
  /** Pause before the first retry; it doubles with each. Default: 100. */
  readonly backoffMs?: number;
}

/**
 * Fetches a page of JSON and checks it: all of it, or an error. Every failure is tried again (a broken connection, a
 * late or an empty answer, half a body, a page that does not fit), save a 4xx: the request itself is wrong.
 *
 * @throws Error naming the address, the attempts and what was wrong with the last one
 */
export async function fetchFeed<Page>(url: string, options: FetchFeedOptions<Page>): Promise<Page> {
  const { retries = 3, backoffMs = 100 } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetchOnce(url, options);
    } catch (error) {
      if (attempt > retries || error instanceof Refused) {
        throw new Error(`GET ${url}, attempt ${attempt}: ${(error as Error).message}`, { cause: error });
      }
      await sleep(backoffMs * 2 ** (attempt - 1));
    }
  }
}

class Refused extends Error {}

async function fetchOnce<Page>(url: string, { schema, timeoutMs = 5000 }: FetchFeedOptions<Page>) {
  const signal = AbortSignal.timeout(timeoutMs);
  const broken = (cause: Error) => {
    throw new Error(signal.aborted ? `no answer within ${timeoutMs} ms` : "the connection broke", { cause });
  };
  const response = await fetch(url, { signal }).catch(broken);
  const body = await response.text().catch(broken);
  const { status, ok } = response;
  if (!ok) throw new (status < 500 ? Refused : Error)(`status ${status}: ${body.slice(0, 200)}`);
  if (body.trim() === "") throw new Error("the body is empty");
  const parsed = schema.safeParse(jsonOf(body));
  if (parsed.success) return parsed.data;
  const problems = z.prettifyError(parsed.error).split("\n").slice(0, 4);
  throw new Error(["the page does not fit its schema", ...problems].join("\n"), { cause: parsed.error });
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new Error(`the body is not whole JSON (${body.length} characters)`, { cause });
  }
}
