/**
 * Gives plain data a printed form, for terminals and `String(...)`; JSON, comparison and spreading see the data alone.
 */
export function withText<Data extends object>(data: Data, text: (data: Data) => string): Data {
  const print = { value: () => text(data), enumerable: false };
  return Object.defineProperties(data, {
    toString: print,
    [Symbol.for("nodejs.util.inspect.custom")]: print,
  });
}

/** Rows of cells in columns, two spaces apart and in; those whose head starts with `>` are aligned to the right. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const lines = [head.map((name) => name.replace(/^>/, "")), ...rows];
  const widths = head.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  return lines.map((line) =>
    `  ${line
      .map((cell, i) => (head[i]!.startsWith(">") ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join("  ")}`.trimEnd(),
  );
}
