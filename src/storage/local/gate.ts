/**
 * Lets at most `limit` tasks run at once; the others wait their turn. Thousands of writes started together would
 * otherwise hold thousands of descriptors.
 *
 * @example
 * ```ts
 * const through = gate(32);
 * await Promise.all(files.map((file) => through(() => write(file))));
 * ```
 */
export function gate(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    // A task that ends hands its place to the first in line, so nobody can slip in between.
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
