import { cast } from "./dialect/cast.js";
import type { Dialect } from "./dialect/dialect.js";
import type { GivenColumn, GivenRow, PlanTable } from "./dialect/plan-table.js";
import type { Cte } from "./statement.js";

/** What a statement is written with. */
export interface Writing {
  readonly dialect: Dialect;
  /** The address of a file as the engine reads it. */
  readonly address: (path: string) => string;
  /** Beyond this many rows what was planned goes through a table. */
  readonly mostInline: number;
  /** What tables are named after. */
  readonly prefix: string;
}

/** What a statement is given besides its text, and the statements that bring it there and take it away. */
export class GivenTables {
  readonly setup: string[] = [];
  readonly teardown: string[] = [];
  readonly #writing: Writing;

  constructor(writing: Writing) {
    this.#writing = writing;
  }

  /** A common table of rows, or of a table that has them. */
  given(name: string, columns: readonly GivenColumn[], rows: readonly GivenRow[]): Cte {
    const { dialect, mostInline, prefix } = this.#writing;
    if (rows.length > mostInline) {
      const table = `${prefix}_${name.slice(0, -1)}`;
      this.make({ name: table, columns, rows });
      return [name, `SELECT * FROM ${table}`];
    }
    if (rows.length > 0) return [name, dialect.values(columns, rows)];
    const nulls = columns.map((column) => `${cast("NULL", column.type)} AS ${column.name}`);
    return [name, `SELECT * FROM (SELECT ${nulls.join(", ")}) AS v_ WHERE 1 = 0`];
  }

  make(table: PlanTable): void {
    const { dialect } = this.#writing;
    this.around({ setup: dialect.create(table), teardown: dialect.drop(table) });
  }

  /** Statements before and after; those that are there already are not run again. */
  around({
    setup,
    teardown,
  }: {
    readonly setup: readonly string[];
    readonly teardown: readonly string[];
  }): void {
    this.setup.push(...setup.filter((statement) => !this.setup.includes(statement)));
    this.teardown.unshift(...teardown.filter((statement) => !this.teardown.includes(statement)));
  }
}
