/** A text as ClickHouse quotes it. */
export function clickhouseText(value: string): string {
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
