import { type Column, type FixedColumn, isNull, type TextColumn, unitNs } from "../../table/index.js";

/** A number from 0 to 1 that depends only on a seed and a row. */
type RandomOfRow = (row: number) => number;

/** A column with other values in some rows. Nulls stay null. */
export function mangleColumn(column: Column, rows: readonly number[], random: RandomOfRow): Column {
  switch (column.storage) {
    case "text":
      return mangleText(column, rows, random);
    case "object": {
      const objects = [...column.objects];
      for (const row of rows) objects[row] = column.objects[otherRow(column, row, random)];
      return { ...column, objects };
    }
    case "fixed": {
      const values = column.values.slice();
      for (const row of rows) {
        if (isNull(column, row)) continue;
        (values as Float64Array)[row] = otherValue(column, row, random(row)) as number;
      }
      return { ...column, values };
    }
    default:
      return column satisfies never;
  }
}

/** A column whose values in some rows are those of other rows, so that they name existing things. */
export function shuffleColumn(column: Column, rows: readonly number[], random: RandomOfRow): Column {
  const from = new Map(rows.map((row) => [row, otherRow(column, row, random)]));
  switch (column.storage) {
    case "text": {
      const codes = column.codes.slice();
      for (const [row, other] of from) codes[row] = column.codes[other]!;
      return { ...column, codes };
    }
    case "object":
      return {
        ...column,
        objects: column.objects.map((own, row) => column.objects[from.get(row) ?? row] ?? own),
      };
    case "fixed": {
      const values = column.values.slice();
      for (const [row, other] of from) {
        if (!isNull(column, row) && !isNull(column, other))
          (values as Float64Array)[row] = column.values[other] as number;
      }
      return { ...column, values };
    }
    default:
      return column satisfies never;
  }
}

/** A column of instants, some of them shifted. */
export function shiftInstants(column: Column, shiftsNs: ReadonlyMap<number, bigint>): Column {
  if (column.storage !== "fixed" || column.type.kind !== "timestamp") return column;
  const values = column.values.slice() as BigInt64Array;
  const perTick = unitNs(column.type.unit);
  for (const [row, shift] of shiftsNs) if (!isNull(column, row)) values[row] = values[row]! + shift / perTick;
  return { ...column, values };
}

function otherRow(column: Column, row: number, random: RandomOfRow): number {
  return column.length < 2 ? row : (row + 1 + Math.floor(random(row) * (column.length - 1))) % column.length;
}

function mangleText(column: TextColumn, rows: readonly number[], random: RandomOfRow): Column {
  const codes = column.codes.slice();
  const dictionary = [...column.dictionary];
  for (const row of rows) {
    const code = codes[row]!;
    if (code < 0) continue;
    // Half of them get another row's value, which no check of the form can tell from the truth.
    const other = column.codes[otherRow(column, row, random)]!;
    const isTaken = other < 0 || dictionary[other] === dictionary[code];
    codes[row] = isTaken || random(row) < 0.5 ? dictionary.push(`${dictionary[code]}~`) - 1 : other;
  }
  return { ...column, codes, dictionary };
}

function otherValue({ type, values }: FixedColumn, row: number, random: number): number | bigint {
  const own = values[row]!;
  // Up to 1,000 more or less; if the type cannot hold that, a neighbour.
  const step = Math.ceil((random - 0.5) * 2000) || 1;
  switch (type.kind) {
    case "bool":
      return own === 0 ? 1 : 0;
    case "float":
      return (own as number) + step === own || !Number.isFinite(own) ? 0 : (own as number) + step;
    case "decimal":
    case "time":
      return (own as bigint) > 0n ? (own as bigint) - 1n : (own as bigint) + 1n;
    case "int":
    case "date":
    case "timestamp": {
      const moved = typeof own === "bigint" ? own + BigInt(step) : own + step;
      const held = values.slice(0, 1);
      (held as Float64Array)[0] = moved as number;
      if ((held[0] as unknown) === moved) return moved;
      return typeof own === "bigint" ? own ^ 1n : own ^ 1;
    }
    default:
      return type satisfies never;
  }
}
