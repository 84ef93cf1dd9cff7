import { type Column, isNull } from "../column.js";
import { type ColumnType, unitNs } from "../column-type.js";
import type { RowGroup } from "./footer.js";
import type { ColumnTree } from "./footer-schema.js";

/** Bounds of a timestamp column, both ends inclusive, in epoch nanoseconds. */
export interface TimestampRange {
  readonly minNs: bigint;
  readonly maxNs: bigint;
  readonly nullCount: number;
}

type Timestamp = Extract<ColumnType, { kind: "timestamp" }>;

/**
 * What a footer's statistics say about a timestamp column; `undefined` where they do not cover all rows, and where they
 * contradict themselves.
 */
export function statedRange(
  bytes: Uint8Array<ArrayBuffer>,
  rowGroups: readonly RowGroup[],
  { tree, firstLeaf }: Pick<ColumnTree, "tree" | "firstLeaf">,
  { unit }: Timestamp,
): TimestampRange | undefined {
  const { name, type, repetition_type: repetition } = tree.element;
  if (type !== "INT64") return undefined;
  const perTick = unitNs(unit);
  let minNs: bigint | undefined;
  let maxNs: bigint | undefined;
  let nullCount = 0;
  for (const group of rowGroups) {
    const meta = group.chunks[firstLeaf]?.meta;
    if (meta && meta.path[0] !== name) return undefined;
    const nulls = meta?.nullCount ?? (repetition === "REQUIRED" ? 0 : undefined);
    if (nulls === undefined || !(nulls >= 0 && nulls <= group.rowCount)) return undefined;
    nullCount += nulls;
    // A group in which everything is null has no bounds.
    if (nulls === group.rowCount) continue;
    if (!meta || meta.minAt < 0 || meta.maxAt < 0) return undefined;
    const min = int64At(bytes, meta.minAt) * perTick;
    const max = int64At(bytes, meta.maxAt) * perTick;
    if (min > max) return undefined;
    if (minNs === undefined || min < minNs) minNs = min;
    if (maxNs === undefined || max > maxNs) maxNs = max;
  }
  return minNs === undefined || maxNs === undefined ? undefined : { minNs, maxNs, nullCount };
}

/** The same from the values themselves. */
export function rangeOfValues(column: Column): TimestampRange | undefined {
  if (column.storage !== "fixed" || column.type.kind !== "timestamp") return undefined;
  const values = column.values as BigInt64Array;
  let min: bigint | undefined;
  let max: bigint | undefined;
  let nullCount = 0;
  for (let row = 0; row < column.length; row++) {
    if (isNull(column, row)) {
      nullCount++;
      continue;
    }
    const value = values[row]!;
    if (min === undefined || value < min) min = value;
    if (max === undefined || value > max) max = value;
  }
  if (min === undefined || max === undefined) return undefined;
  const perTick = unitNs(column.type.unit);
  return { minNs: min * perTick, maxNs: max * perTick, nullCount };
}

/** Little-endian, as Parquet and every machine that Node runs on have it; a view of the whole file costs more. */
function int64At(bytes: Uint8Array, at: number): bigint {
  for (let i = 0; i < 8; i++) eightBytes[i] = bytes[at + i]!;
  return oneInt64[0]!;
}

const oneInt64 = new BigInt64Array(1);
const eightBytes = new Uint8Array(oneInt64.buffer);
