import { BronzeError } from "../../errors.js";
import { shown } from "../../shown.js";
import type { OmittedColumn } from "./frame.js";

/** The error for a column an answer does not have; of one that was left out it says why. */
export function unknownColumn(
  dataset: string,
  name: string,
  names: readonly string[],
  omitted: readonly OmittedColumn[],
): BronzeError {
  const left = omitted.find(({ column }) => column === name);
  return new BronzeError(
    left ? "UNSUPPORTED_TYPE" : "UNKNOWN_COLUMN",
    left
      ? `Column "${name}" of "${dataset}" was left out, as ${left.file} has it in a type that is not kept exactly: ${left.reason}.`
      : `Dataset "${dataset}" has no column ${shown(name)}; it has ${names.join(", ")}.`,
    { dataset, column: name, ...(left && { file: left.file }) },
  );
}
