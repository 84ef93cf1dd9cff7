import { BronzeError } from "../errors.js";
import { type ColumnType, describeType, sameType, type TimeUnit, unitNs } from "./column-type.js";

/** The columns of one file. */
interface FileColumns {
  readonly path: string;
  readonly columns: ReadonlyMap<string, ColumnType>;
}

/**
 * The columns of several files unified by name, in order of first appearance.
 *
 * Integers widen; int and double become double; times take the finer unit; a column without any value takes the other's
 * type. Anything else is a clash.
 *
 * @param advice what to do about a clash
 * @throws BronzeError `TYPE_CLASH` naming the column, both files and both types
 */
export function unifyColumns(
  files: readonly FileColumns[],
  advice = "Rewrite one of the files, or read the days apart.",
): Map<string, ColumnType> {
  const unified = new Map<string, { type: ColumnType; sources: Source[] }>();
  for (const { path, columns } of files) {
    for (const [name, type] of columns) {
      const known = unified.get(name);
      if (!known) {
        unified.set(name, { type, sources: [{ type, path }] });
        continue;
      }
      if (known.sources.some((source) => sameType(source.type, type))) continue;
      // Compared with each type in a file, not with the unified type: so the answer does not depend on the order of the
      // files, and the error names files that really clash.
      for (const source of known.sources) {
        if (!unifyTypes(source.type, type)) throw clash(name, source, { type, path }, advice);
      }
      const both = unifyTypes(known.type, type);
      if (!both) throw clash(name, known.sources[0]!, { type, path }, advice);
      known.type = both;
      known.sources.push({ type, path });
    }
  }
  return new Map([...unified].map(([name, { type }]) => [name, type]));
}

/** A type and the first file in which the column has it. */
interface Source {
  readonly type: ColumnType;
  readonly path: string;
}

function clash(name: string, a: Source, b: Source, advice: string): BronzeError {
  const types = [describeType(a.type), describeType(b.type)];
  return new BronzeError(
    "TYPE_CLASH",
    `Column "${name}" is ${types[0]} in ${a.path} but ${types[1]} in ${b.path}. ${advice}`,
    { column: name, files: [a.path, b.path], types },
  );
}

/** The one type that holds both without loss (large integers are checked value by value), or `undefined`. */
export function unifyTypes(a: ColumnType, b: ColumnType): ColumnType | undefined {
  if (sameType(a, b) || b.kind === "null") return a;
  switch (a.kind) {
    case "null":
      return b;
    case "int":
      if (b.kind === "int") return unifyIntegers(a, b);
      return b.kind === "float" ? DOUBLE : undefined;
    case "float":
      return b.kind === "float" || b.kind === "int" ? DOUBLE : undefined;
    case "timestamp":
      if (b.kind !== "timestamp" || a.utc !== b.utc) return undefined;
      return { kind: "timestamp", unit: finer(a.unit, b.unit), utc: a.utc };
    case "time":
      return b.kind === "time" ? { kind: "time", unit: finer(a.unit, b.unit) } : undefined;
    case "decimal":
      if (b.kind !== "decimal" || a.scale !== b.scale) return undefined;
      return { ...a, precision: Math.max(a.precision, b.precision) };
    case "list": {
      if (b.kind !== "list") return undefined;
      // Lists are held as values, not columns, so only lists with the same type of cells can be mixed.
      const item = unifyTypes(a.item, b.item);
      return item && (a.item.kind === "null" || b.item.kind === "null") ? { kind: "list", item } : undefined;
    }
    case "bool":
    case "text":
    case "bytes":
    case "date":
    case "nested":
      return undefined;
    default:
      return a satisfies never;
  }
}

const DOUBLE: ColumnType = { kind: "float", bits: 64 };

type IntType = Extract<ColumnType, { kind: "int" }>;

function unifyIntegers(a: IntType, b: IntType): ColumnType | undefined {
  if (a.signed === b.signed) return a.bits >= b.bits ? a : b;
  const [signed, unsigned] = a.signed ? [a, b] : [b, a];
  if (unsigned.bits === 64) return undefined;
  const bits = Math.max(signed.bits, unsigned.bits * 2) as 16 | 32 | 64;
  return { kind: "int", bits, signed: true };
}

function finer(a: TimeUnit, b: TimeUnit): TimeUnit {
  return unitNs(a) < unitNs(b) ? a : b;
}
