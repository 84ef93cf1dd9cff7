import type { ColumnType } from "../table/index.js";

/** `DECIMAL(5,2)`, whose values have 64 bits; undefined for others. */
export function decimalOf(name: string): ColumnType | undefined {
  const [, precision, scale] = /^decimal\((\d+), *(\d+)\)$/i.exec(name) ?? [];
  if (precision === undefined || Number(precision) > 18) return undefined;
  return { kind: "decimal", precision: Number(precision), scale: Number(scale) };
}

/** Integers, floats, text and truth by an engine's names for them. */
export function plainTypes(
  names: Readonly<Record<string, "bool" | "text" | readonly ["int" | "uint" | "float", 8 | 16 | 32 | 64]>>,
): ReadonlyMap<string, ColumnType> {
  return new Map(
    Object.entries(names).map(([name, said]): [string, ColumnType] => {
      if (typeof said === "string") return [name, { kind: said }];
      const [kind, bits] = said;
      return [
        name,
        kind === "float" ? { kind, bits: bits as 32 | 64 } : { kind: "int", bits, signed: kind === "int" },
      ];
    }),
  );
}
