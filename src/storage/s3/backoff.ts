/** How often a request is tried, all told. */
export const MOST_ATTEMPTS = 8;

const FIRST_MS = 50;
const LONGEST_MS = 5000;

/**
 * How long to wait before the next attempt: between nothing and a bound that doubles, so that clients
 * that failed together do not come back together. Milliseconds.
 *
 * @param attempt the one that failed, from 1
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(attempt: number, random: () => number): number {
  return random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
}

/**
 * Whether the same request may have another answer later: failures of the server, too many requests, and 409, which says
 * that another conditional request was under way.
 */
export function isWorthRetrying(status: number): boolean {
  return status >= 500 || status === 429 || status === 408 || status === 409;
}
