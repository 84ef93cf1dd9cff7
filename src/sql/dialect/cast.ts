/** An expression under what an engine calls a type, which all of them say alike; null stays null. */
export function cast(expression: string, type: string): string {
  return `CAST(${expression} AS ${type})`;
}
