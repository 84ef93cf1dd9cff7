import {
  type Column,
  type ColumnType,
  columnFromCells,
  type FixedColumn,
  nullColumn,
  unitNs,
} from "../../table/index.js";

/**
 * A column of an answer as an engine gave it (instants in nanoseconds, dates in days, decimals as text), in its own type.
 *
 * @throws RangeError for a value that the type cannot hold
 */
export function resultColumn(type: ColumnType, values: readonly unknown[]): Column {
  switch (type.kind) {
    case "null":
      return nullColumn(type, values.length);
    case "timestamp": {
      const perTick = unitNs(type.unit);
      const ticks = values.map((ns) =>
        ns === null ? null : BigInt(ns as bigint | number | string) / perTick,
      );
      return { ...fixed({ kind: "int", bits: 64, signed: true }, ticks), type };
    }
    case "date":
      return { ...fixed({ kind: "int", bits: 32, signed: true }, values.map(numberOrNull)), type };
    case "int":
      return fixed(
        type,
        type.bits === 64
          ? values.map((value) => (value === null ? null : BigInt(value as bigint | number | string)))
          : values.map(numberOrNull),
      );
    case "float":
      return fixed(type, values.map(numberOrNull));
    case "decimal": {
      const unscaled = values.map((value) => (value === null ? null : unscaledOf(String(value), type.scale)));
      return { ...fixed({ kind: "int", bits: 64, signed: true }, unscaled), type };
    }
    case "bool":
    case "text":
    case "bytes":
    case "list":
    case "time":
    case "nested":
      return columnFromCells(type, values);
    default:
      return type satisfies never;
  }
}

function fixed(
  type: Extract<ColumnType, { kind: "int" | "float" }>,
  values: readonly unknown[],
): FixedColumn {
  return columnFromCells(type, values) as FixedColumn;
}

function numberOrNull(value: unknown): number | null {
  if (value === null) return null;
  // As ClickHouse spells it.
  if (value === "inf" || value === "-inf") return value === "inf" ? Infinity : -Infinity;
  return Number(value);
}

/** `1.5` at scale 2 is 150; zeros at the end may be missing. */
function unscaledOf(text: string, scale: number): bigint {
  const [whole, fraction = ""] = text.split(".");
  return BigInt(`${whole}${fraction.padEnd(scale, "0")}`);
}
