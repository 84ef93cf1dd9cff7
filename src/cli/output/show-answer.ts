import { BronzeError } from "../../errors.js";
import { counted } from "../../shown.js";
import { type Answer, firstRows } from "./answer.js";
import { type Io, note, takesColour } from "./io.js";
import { drawTable } from "./table.js";

export const FORMATS = ["table", "json", "ndjson", "csv", "parquet"] as const;
type Format = (typeof FORMATS)[number];

/** How an answer is wanted. */
interface ShowOptions {
  /** Default: a table at a terminal, ndjson in a pipe. */
  readonly format?: Format;
  /** How many rows at most. Default: 40 in a table, all in other forms. */
  readonly limit?: number;
}

const TABLE_ROWS = 40;

/** Writes an answer to stdout; what a person should know beside it, to stderr. */
export async function showAnswer(io: Io, answer: Answer, options: ShowOptions): Promise<void> {
  const { stdout } = io;
  const format = options.format ?? (stdout.isTTY ? "table" : "ndjson");
  const limit = options.limit ?? (format === "table" ? TABLE_ROWS : Number.POSITIVE_INFINITY);
  const shown = firstRows(answer, limit);
  switch (format) {
    case "table": {
      const width = stdout.isTTY ? (stdout.columns ?? 80) : undefined;
      const { text, leftOut } = await drawTable(shown, { width, colour: takesColour(stdout, io.env) });
      stdout.write(text);
      if (leftOut.length > 0)
        note(
          io,
          `${counted(leftOut.length, "column")} did not fit: ${leftOut.join(", ")}. --format json has all.`,
        );
      break;
    }
    case "json":
      stdout.write(
        `${JSON.stringify(limit < answer.length ? shown.rows() : (answer.json ?? shown.rows()), null, 2)}\n`,
      );
      break;
    case "ndjson":
      for (const row of shown.rows()) stdout.write(`${JSON.stringify(row)}\n`);
      break;
    case "csv":
      stdout.write(shown.csv());
      break;
    case "parquet":
      if (stdout.isTTY)
        throw new BronzeError(
          "INVALID_ARGUMENT",
          "Parquet is bytes, which a terminal cannot show; send it into a file: --format parquet > answer.parquet.",
        );
      if (shown.length < answer.length)
        throw new BronzeError(
          "INVALID_ARGUMENT",
          "--limit does not go with --format parquet, which is the whole answer.",
        );
      stdout.write(await answer.parquet());
      break;
    default:
      format satisfies never;
  }
  if (shown.length < answer.length)
    note(io, `The first ${shown.length} of ${counted(answer.length, "row")}; --limit N shows more.`);
}
