import type { Cell } from "../../table/index.js";

/** How a column is declared: the words of the config that `init` writes. */
export type GuessedType =
  | "z.boolean()"
  | "z.int()"
  | "z.int32()"
  | "z.uint32()"
  | "z.int64()"
  | "z.uint64()"
  | "z.float32()"
  | "z.number()"
  | "z.string()"
  | "domainDate()"
  | "instant()"
  | `decimal(${number}, ${number})`;

/** Rows of one file, from which columns are guessed. */
export interface Sample {
  readonly rowCount: number;
  /** Those that can be declared. */
  readonly columns: ReadonlyMap<string, GuessedType>;
  /** Whether any instants are without a zone. */
  readonly naive: boolean;
  cells(name: string): readonly Cell[];
}
