import { summary } from "../../printed.js";
import { counted } from "../../shown.js";
import type { WrittenFile } from "./publish-group.js";
import type { WriteResult } from "./write.js";

/** For people. */
export function writeText(dataset: string, { rows, repeatedKeys, partitions, latest }: WriteResult): string {
  const lineOf = ({ path, status, rows }: WrittenFile) => `${status}  ${path}, ${counted(rows, "row")}`;
  return summary(`WriteResult of ${dataset}: ${counted(rows, "row")}`, [
    ...(repeatedKeys > 0 ? [`${counted(repeatedKeys, "key")} more than once`] : []),
    ...latest.map((file) => `latest view ${lineOf(file)}`),
    ...partitions.map(lineOf),
  ]);
}
