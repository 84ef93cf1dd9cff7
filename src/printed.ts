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
 * Gives plain data a printed form, for terminals, notebooks and `String(...)`; JSON, comparison and spreading see the data alone.
 */
export function withText<Data extends object>(data: Data, text: (data: Data) => string): Data {
  const print = { value: () => text(data), enumerable: false };
  return Object.defineProperties(data, {
    toString: print,
    [Symbol.for("nodejs.util.inspect.custom")]: print,
    [Symbol.for("Jupyter.display")]: { value: () => forNotebook(text(data)), enumerable: false },
  });
}
