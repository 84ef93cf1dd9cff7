import { BronzeError } from "../errors.js";
import { type ColumnType, describeType, sameType, type TimeUnit } from "./column-type.js";

/** The columns of one file. */
interface FileColumns {
  readonly path: string;
  readonly columns: ReadonlyMap<string, ColumnType>;
}

/**
 * The columns of several files united by name, in order of first appearance.
 *
 * Integers widen; int and double unite as double; times take the finer unit; a column nothing was known in takes
 * the other's type. Anything else is a clash.
 *
 * @throws BronzeError `TYPE_CLASH` naming the column, both files and both types
 */
export function unifyColumns(files: readonly FileColumns[]): Map<string, ColumnType> {
  const united = new Map<string, { type: ColumnType; sources: Source[] }>();
  for (const { path, columns } of files) {
    for (const [name, type] of columns) {
      const known = united.get(name);
      if (!known) {
        united.set(name, { type, sources: [{ type, path }] });
        continue;
      }
      if (known.sources.some((source) => sameType(source.type, type))) continue;
      // Against each type as it stands in a file, not against the union: so the answer does not depend on the
      // order of the files, and the error names files that really clash.
      for (const source of known.sources) {
        if (!unifyTypes(source.type, type)) throw clash(name, source, { type, path });
      }
      const both = unifyTypes(known.type, type);
      if (!both) throw clash(name, known.sources[0]!, { type, path });
      known.type = both;
      known.sources.push({ type, path });
    }
  }
  return new Map([...united].map(([name, { type }]) => [name, type]));
}

/** A type and the first file that has the column so. */
interface Source {
  readonly type: ColumnType;
  readonly path: string;
}

function clash(name: string, a: Source, b: Source): BronzeError {
  const types = [describeType(a.type), describeType(b.type)];
  return new BronzeError(
    "TYPE_CLASH",
    `Column "${name}" is ${types[0]} in ${a.path} but ${types[1]} in ${b.path}. ` +
      "Rewrite one of the files, or read the days apart.",
    { column: name, files: [a.path, b.path], types },
  );
}

/** The one type that holds both without loss (large integers are checked value by value), or `undefined`. */
export function unifyTypes(a: ColumnType, b: ColumnType): ColumnType | undefined {
  if (sameType(a, b)) return a;
  if (a.kind === "null") return b;
  if (b.kind === "null") return a;
  if (a.kind === "int" && b.kind === "int") return uniteIntegers(a, b);
  if (a.kind === "float" && b.kind === "float") return { kind: "float", bits: 64 };
  if ((a.kind === "int" && b.kind === "float") || (a.kind === "float" && b.kind === "int")) {
    return { kind: "float", bits: 64 };
  }
  if (a.kind === "timestamp" && b.kind === "timestamp" && a.utc === b.utc) {
    return { kind: "timestamp", unit: finer(a.unit, b.unit), utc: a.utc };
  }
  if (a.kind === "time" && b.kind === "time") return { kind: "time", unit: finer(a.unit, b.unit) };
  if (a.kind === "decimal" && b.kind === "decimal" && a.scale === b.scale) {
    return { ...a, precision: Math.max(a.precision, b.precision) };
  }
  if (a.kind === "list" && b.kind === "list") {
    // Lists are held as values, not columns, so only lists of equal cells can stand side by side.
    const item = unifyTypes(a.item, b.item);
    return item && (a.item.kind === "null" || b.item.kind === "null") ? { kind: "list", item } : undefined;
  }
  return undefined;
}

type IntType = Extract<ColumnType, { kind: "int" }>;

function uniteIntegers(a: IntType, b: IntType): ColumnType | undefined {
  if (a.signed === b.signed) return a.bits >= b.bits ? a : b;
  const [signed, unsigned] = a.signed ? [a, b] : [b, a];
  if (unsigned.bits === 64) return undefined;
  const bits = Math.max(signed.bits, unsigned.bits * 2) as 16 | 32 | 64;
  return { kind: "int", bits, signed: true };
}

function finer(a: TimeUnit, b: TimeUnit): TimeUnit {
  if (a === "ns" || b === "ns") return "ns";
  return a === "us" || b === "us" ? "us" : "ms";
}
