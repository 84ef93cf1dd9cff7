import type { GoldStore, Manifest } from "bronzestore";
import type { AnyDataset } from "../../../dataset/index.js";
import { BronzeError } from "../../../errors.js";
import {
  argument,
  FROM_TO,
  type FromToFlags,
  flagOf,
  OUTPUT,
  revisionFlag,
  switchFlag,
  TREE,
} from "../../arguments/flags.js";
import { rangeOf } from "../../arguments/question.js";
import { slateArgument } from "../../arguments/slate.js";
import { usage } from "../../arguments/usage.js";

/** The flags of commands that build frozen slates again. */
export const BUILT_AGAIN = {
  all: switchFlag("every slate, its newest revision"),
  snapshot: flagOf("snapshot type: lock", "TYPE"),
  revision: revisionFlag,
  ...FROM_TO,
  ...OUTPUT,
  ...TREE,
} as const;

/** What they are given besides: the module that builds, and the slate. */
export const MODULE_AND_SLATE = {
  kind: "array",
  parameter: argument(
    "MODULE COLUMN=VALUE",
    "module that exports build; and the slate, a value for each key column",
  ),
} as const;

/** The two ways to call them. */
export const BUILT_AGAIN_USAGE = [
  "[MODULE] --snapshot TYPE COLUMN=VALUE...",
  "[MODULE] --all [--from DATE] [--to DATE] [--snapshot TYPE]",
];

interface SlateFlags extends FromToFlags {
  readonly all?: boolean;
  readonly snapshot?: string;
  readonly revision?: number;
}

/**
 * The manifests of the slates that a command is about: one that is named, or all of a range.
 *
 * @throws BronzeError `INVALID_ARGUMENT` for flags that make no sense; `NOTHING_CHECKED` where there is none
 */
export async function frozenSlates(
  gold: GoldStore<readonly AnyDataset[]>,
  pairs: readonly string[],
  flags: SlateFlags,
): Promise<Manifest[]> {
  const { all = false, snapshot, revision } = flags;
  if (all === pairs.length > 0)
    throw usage("Say --all, or which slate: season=2025 game_date=2026-01-15 ...");
  if (!all) {
    if (snapshot === undefined) throw usage("Say which snapshot of the slate: --snapshot lock.");
    if (flags.from !== undefined || flags.to !== undefined) throw usage("--from and --to belong to --all.");
    return [
      await gold.manifest(slateArgument(pairs), { snapshot, ...(revision !== undefined && { revision }) }),
    ];
  }
  if (revision !== undefined) throw usage("--revision belongs to one slate.");
  const manifests: Manifest[] = [];
  for await (const manifest of gold.list({ ...rangeOf(flags), ...(snapshot !== undefined && { snapshot }) }))
    manifests.push(manifest);
  if (manifests.length === 0) throw new BronzeError("NOTHING_CHECKED", "There is no frozen slate to check.");
  return manifests;
}
