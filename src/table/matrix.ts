import { BronzeError } from "../errors.js";
import { type Column, isNull } from "./column.js";
import { type ColumnType, describeType } from "./column-type.js";

/**
 * How a matrix is wanted.
 *
 * @category Answers
 */
export interface MatrixOptions<Type extends keyof MatrixOf = keyof MatrixOf> {
  /** Its numbers. Default: `float64`. `float32` rounds to the nearest that 32 bits have. */
  readonly type?: Type;
}

/**
 * What a matrix is, by the type of its numbers.
 *
 * @category Answers
 */
export interface MatrixOf {
  readonly float32: Float32Array<ArrayBuffer>;
  readonly float64: Float64Array<ArrayBuffer>;
}

/**
 * Columns as one array of numbers, row by row; null is NaN, true 1 and false 0, a decimal the nearest number.
 * @throws BronzeError `UNSUPPORTED_TYPE` for a column that holds no numbers, `TYPE_CLASH` for an integer that no double is,
 * or a number past those of 32 bits
 */
export function matrixOf<Type extends keyof MatrixOf>(
  columns: readonly { readonly name: string; readonly column: Column }[],
  length: number,
  type: Type,
): MatrixOf[Type] {
  const numbers =
    type === "float32"
      ? new Float32Array(length * columns.length)
      : new Float64Array(length * columns.length);
  columns.forEach(({ name, column }, at) => {
    const read = numberReader(name, column);
    for (let row = 0; row < length; row++) {
      const number = isNull(column, row) ? Number.NaN : read(row);
      const place = row * columns.length + at;
      numbers[place] = number;
      if (Number.isFinite(number) && !Number.isFinite(numbers[place])) throw tooLarge(name, row, number);
    }
  });
  return numbers as MatrixOf[Type];
}

function numberReader(name: string, column: Column): (row: number) => number {
  const { type } = column;
  if (type.kind === "null") return () => Number.NaN;
  if (column.storage !== "fixed" || !isNumeric(type)) throw notNumeric(name, type);
  const { values } = column;
  if (type.kind === "decimal") return (row) => Number(`${values[row]}e-${type.scale}`);
  return (row) => {
    const value = values[row]!;
    const number = Number(value);
    if (typeof value === "bigint" && BigInt(number) !== value) throw notExact(name, row, value);
    return number;
  };
}

function isNumeric({ kind }: ColumnType): boolean {
  return kind === "bool" || kind === "int" || kind === "float" || kind === "decimal";
}

function notNumeric(name: string, type: ColumnType): BronzeError {
  const remedy =
    type.kind === "timestamp"
      ? "take a difference of instants in a unit of your choice from column()"
      : "encode it as numbers from column()";
  return new BronzeError(
    "UNSUPPORTED_TYPE",
    `Column "${name}" is ${describeType(type)}, which a matrix of numbers cannot hold; leave it out, or ${remedy}.`,
    { column: name },
  );
}

function notExact(name: string, row: number, value: bigint): BronzeError {
  return new BronzeError(
    "TYPE_CLASH",
    `Column "${name}" holds ${value} in row ${row}, which no double is (they end at 2^53); take it from column().`,
    { column: name, row, value },
  );
}

function tooLarge(name: string, row: number, value: number): BronzeError {
  return new BronzeError(
    "TYPE_CLASH",
    `Column "${name}" holds ${value} in row ${row}, which is past the numbers of 32 bits; ask for { type: "float64" }.`,
    { column: name, row, value },
  );
}
