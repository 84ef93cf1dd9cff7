import type { ColumnType } from "../../table/index.js";

/** What an engine's name for a type stands for; instants are in microseconds. */
type Said =
  | "bool"
  | "text"
  | "date"
  | "instant"
  | "instant without a zone"
  | readonly ["int" | "uint" | "float", 8 | 16 | 32 | 64];

/** Types by an engine's names for them, and `DECIMAL(5,2)` whose values have 64 bits; undefined for other names. */
export function typesByName(names: Readonly<Record<string, Said>>): (name: string) => ColumnType | undefined {
  const types = new Map(Object.entries(names).map(([name, said]) => [name, typeOf(said)]));
  return (name) => types.get(name) ?? decimalOf(name);
}

function typeOf(said: Said): ColumnType {
  if (said === "instant" || said === "instant without a zone")
    return { kind: "timestamp", unit: "us", utc: said === "instant" };
  if (typeof said === "string") return { kind: said };
  const [kind, bits] = said;
  return kind === "float" ? { kind, bits: bits as 32 | 64 } : { kind: "int", bits, signed: kind === "int" };
}

function decimalOf(name: string): ColumnType | undefined {
  const [, precision, scale] = /^decimal\((\d+), *(\d+)\)$/i.exec(name) ?? [];
  if (precision === undefined || Number(precision) > 18) return undefined;
  return { kind: "decimal", precision: Number(precision), scale: Number(scale) };
}
