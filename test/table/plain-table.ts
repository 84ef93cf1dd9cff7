import { type Cell, cellReader, type NamedColumn, type TableSource, Tabular } from "../../src/table/index.js";

/** Columns as an answer that can be taken out. */
export class PlainTable extends Tabular<Record<string, Cell>, string> {
  constructor(columns: readonly NamedColumn[], title = "table") {
    const byName = new Map(columns.map(({ name, column }) => [name, column]));
    const of = (name: string) => byName.get(name)!;
    const length = columns[0]?.column.length ?? 0;
    const source: TableSource = {
      names: () => [...byName.keys()],
      length: () => length,
      typeOf: (name) => of(name).type,
      rowReader: () => {
        const readers = [...byName].map(([name, column]) => [name, cellReader(column)] as const);
        return (row) => Object.fromEntries(readers.map(([name, read]) => [name, read(row)]));
      },
      cells: (name) => Array.from({ length }, (_, row) => cellReader(of(name))(row)),
      column: of,
      about: () => ({ title, omitted: [], emptyBecause: null, notes: [] }),
    };
    super(source);
  }
}
