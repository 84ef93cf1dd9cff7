import type { AnyDataset } from "../../dataset/index.js";
import type { Cell, ParquetFile } from "../../table/index.js";
import type { DeclaredSnapshot } from "../../travel/index.js";
import type { DayFile } from "./day-file.js";
import { pathCell } from "./path-columns.js";
import { readSnapshotMetadata } from "./snapshot-metadata.js";

/** What a file declares of itself as a snapshot: in its footer, and by the scope its path says. */
export function snapshotOf(
  dataset: AnyDataset,
  file: DayFile,
  { keyValues }: ParquetFile,
): DeclaredSnapshot | undefined {
  const declared = readSnapshotMetadata(dataset, file.path, keyValues);
  const own = scopeOfPath(dataset, file);
  if (!own) return declared;
  return {
    timeNs: declared?.timeNs,
    ingestedNs: declared?.ingestedNs,
    covers: [...(declared?.covers ?? []), own],
  };
}

/** The scope that a path says alone, so that a file without rows covers it too. */
function scopeOfPath({ partitionIs, scope, columns }: AnyDataset, file: DayFile): Cell[] | undefined {
  if (partitionIs !== "snapshot" || scope.length === 0) return undefined;
  if (!scope.every((name) => file.values.has(name))) return undefined;
  return scope.map((name) => {
    const { type, integers } = columns.get(name)!;
    const cell = pathCell(file, name, type) ?? null;
    return integers === "number" && typeof cell === "bigint" ? Number(cell) : cell;
  });
}
