/**
 * What prints itself: in a terminal (`console.log`), as text (`String`), in Jupyter and Deno notebooks.
 */
export abstract class Printed {
  /** A few lines for people, whatever the size of what they are about. */
  abstract toString(): string;

  /** The same in a terminal. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** The same in a notebook. */
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return forNotebook(this.toString());
  }
}

/**
 * A title and the first lines of what there is to say, each on one line and without what moves a cursor: paths and messages
 * come from anywhere.
 */
export function summary(title: string, more: readonly string[] = []): string {
  const rest = more.length > MOST_LINES ? [`... ${more.length - MOST_LINES} more`] : [];
  return [title, ...[...more.slice(0, MOST_LINES), ...rest].map((line) => `  ${line}`)]
    .map((line) => printable(line.replaceAll("\n", "; ")))
    .join("\n");
}

const MOST_LINES = 10;

/** Text that cannot move the cursor of a terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, "\u00b7");
}

/** Text as a notebook takes it. */
export function forNotebook(
  text: string,
  html: string = `<pre>${escapeHtml(text)}</pre>`,
): Record<string, string> {
  return { "text/plain": text, "text/html": html };
}

/** Text that is no markup. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/**
 * Gives plain data a printed form, for terminals, notebooks and `String(...)`; JSON, comparison and spreading see the data
 * alone. A member of the data that is called `toString` stays.
 */
export function withText<Data extends object>(data: Data, text: (data: Data) => string): Data {
  const print = { value: () => text(data), enumerable: false };
  return Object.defineProperties(data, {
    ...(!Object.hasOwn(data, "toString") && { toString: print }),
    [Symbol.for("nodejs.util.inspect.custom")]: print,
    [Symbol.for("Jupyter.display")]: { value: () => forNotebook(text(data)), enumerable: false },
  });
}
