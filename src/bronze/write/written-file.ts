/** One file of a write. */
export interface WrittenFile {
  readonly path: string;
  readonly date: string;
  readonly rows: number;
  readonly sizeBytes: number;
  /** `unchanged`: the same rows were there already. */
  readonly status: "written" | "unchanged";
}
