import { BronzeError } from "../../errors.js";
import {
  type Column,
  type ColumnToWrite,
  describeType,
  encodeParquet,
  sameType,
  take,
} from "../../table/index.js";
import { PARTS_KEY, type PartFacts, writePartFacts } from "./part-facts.js";

/** A part to put into a compacted file: its rows, and what the footer says of it. */
interface PartToWrite {
  readonly columns: readonly ColumnToWrite[];
  readonly facts: PartFacts;
}

/**
 * A compacted file: the rows of its parts, one part after the other, their order unchanged. Equal parts give equal bytes.
 *
 * A question that needs few parts decodes the row groups they lie in, so groups are small; but a group of one part each would
 * make footers that take longer to read than the rows. So each holds whole parts, as many as fit.
 *
 * @param parts of one schema, in partition order; at least one
 * @throws BronzeError `UNSUPPORTED_TYPE` for a column that the writer does not know, or that the parts have in several types
 */
export function encodeCompacted(parts: readonly PartToWrite[]): Uint8Array<ArrayBuffer> {
  const [first] = parts;
  if (!first) throw new RangeError("a compacted file has at least one part");
  const of: number[] = [];
  const rows: number[] = [];
  for (const [i, { facts }] of parts.entries()) {
    for (let row = 0; row < facts.rows; row++) {
      of.push(i);
      rows.push(row);
    }
  }
  const columns = first.columns.map((column, at): ColumnToWrite => {
    const pieces = parts.map(({ columns }) => pieceLike(column, columns[at]));
    return { ...column, column: take(column.column.type, pieces, of, rows) };
  });
  const keyValues = new Map([[PARTS_KEY, writePartFacts(parts.map(({ facts }) => facts))]]);
  return encodeParquet(columns, keyValues, [], rowGroupsOf(parts.map(({ facts }) => facts.rows)));
}

function pieceLike(column: ColumnToWrite, own: ColumnToWrite | undefined): Column {
  if (own?.name === column.name && sameType(own.column.type, column.column.type)) return own.column;
  throw new BronzeError(
    "UNSUPPORTED_TYPE",
    `Column "${column.name}" is ${describeType(column.column.type)} in one part and ${own ? describeType(own.column.type) : "missing"} in another.`,
    { column: column.name },
  );
}

/** A row group takes parts until it has this many rows. */
const ROWS_OF_GROUP = 15_000;
/** A part that is larger has groups of its own, none of more rows than this. */
const MOST_ROWS_OF_GROUP = 122_880;

function rowGroupsOf(partRows: readonly number[]): number[] {
  const groups: number[] = [];
  let open = 0;
  for (const rows of partRows) {
    if (open > 0 && open + rows > ROWS_OF_GROUP) {
      groups.push(open);
      open = 0;
    }
    open += rows;
    while (open > MOST_ROWS_OF_GROUP) {
      groups.push(MOST_ROWS_OF_GROUP);
      open -= MOST_ROWS_OF_GROUP;
    }
  }
  if (open > 0) groups.push(open);
  return groups;
}
