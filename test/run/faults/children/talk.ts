import { writeSync } from "node:fs";
import { createInterface } from "node:readline";

/** Prints a line at once. */
export function say(line: string): void {
  writeSync(1, `${line}\n`);
}

const answers = createInterface(process.stdin)[Symbol.asyncIterator]();

/** Scrapes a feed: the parent is the source, and answers when it likes. */
export async function scrape<Row>(feed: string): Promise<Row[]> {
  say(feed);
  const { value } = await answers.next();
  return JSON.parse(value);
}

/** No more is asked; the pipe would keep the process alive. */
export function hangUp(): void {
  process.stdin.destroy();
}
