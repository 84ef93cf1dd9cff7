import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { shown } from "../../shown.js";
import type { GoldContext } from "../manifest/gold-context.js";
import type { ManifestInput } from "../manifest/manifest.js";
import type { SlateKey } from "../manifest/slate.js";

/** The datasets without which a slate is not frozen. */
type RequiredInputs = true | readonly string[] | undefined;

/** Refuses an empty list, or an unknown dataset. @throws BronzeError `INVALID_ARGUMENT`, `UNKNOWN_DATASET` */
export function assertRequired(
  { bronze }: Pick<GoldContext<readonly AnyDataset[]>, "bronze">,
  required: RequiredInputs,
): void {
  if (required === undefined || required === true) return;
  if (!Array.isArray(required) || required.length === 0) {
    throw new BronzeError(
      "INVALID_ARGUMENT",
      "requireInputs takes true, for everything the builder reads, or a list of at least one dataset name.",
    );
  }
  for (const name of required) bronze.dataset(name);
}

/**
 * Refuses a slate whose required inputs are empty: a dataset that was not read, or with a read that found no row known
 * by the cutoff. A feed that says that nothing holds, by tombstones or a later report, is not empty.
 *
 * @throws BronzeError `INPUTS_EMPTY`
 */
export function assertInputs(
  inputs: readonly ManifestInput[],
  required: RequiredInputs,
  { slate, snapshot }: { readonly slate: SlateKey; readonly snapshot: string },
): void {
  if (required === undefined) return;
  const empty = inputs
    .filter(({ dataset }) => required === true || required.includes(dataset))
    .filter(({ rows_eligible }) => rows_eligible === 0)
    .map(({ dataset, dates, empty_because }) => ({ dataset, dates, because: empty_because ?? "no rows" }));
  const names = required === true ? [] : required;
  const unread = names.filter((name) => inputs.every(({ dataset }) => dataset !== name));
  const problems = [
    ...empty.map(({ dataset, dates, because }) => `${dataset} of ${spanText(dates)} has ${because}`),
    ...unread.map((name) => `${name} was not read by the builder`),
    ...(inputs.length === 0 && required === true ? ["the builder read nothing"] : []),
  ];
  if (problems.length === 0) return;
  throw new BronzeError(
    "INPUTS_EMPTY",
    `The ${snapshot} of ${JSON.stringify(slate)} is not frozen because required inputs are empty: ${problems.join("; ")}. ` +
      "Freeze it again when they are written, or require less (requireInputs).",
    { slate, snapshot, empty, unread },
  );
}

function spanText(dates: readonly string[]): string {
  if (dates.length === 0) return "no days";
  return dates.length === 1 ? dates[0]! : `${dates[0]} to ${dates.at(-1)}`;
}

/**
 * Refuses inputs whose files their owner replaces: what was read would be gone, and nothing could prove the slate.
 *
 * @throws BronzeError `MUTABLE_INPUT`
 */
export function assertKeepable(
  { bronze }: GoldContext<readonly AnyDataset[]>,
  inputs: readonly ManifestInput[],
  { slate, snapshot }: { readonly slate: SlateKey; readonly snapshot: string },
): void {
  const mutable = inputs.find(
    ({ dataset, files }) => files.length > 0 && bronze.dataset(dataset).files === "overwritten",
  );
  if (!mutable) return;
  throw new BronzeError(
    "MUTABLE_INPUT",
    `${shown(slate)} (${snapshot}) is built from ${mutable.files[0]!.path}, and the files of "${mutable.dataset}" are overwritten by their owner: ` +
      "what was read could never be read again. Copy the files to a dataset that appends, and build from that.",
    { slate, snapshot, dataset: mutable.dataset, file: mutable.files[0]!.path },
  );
}
