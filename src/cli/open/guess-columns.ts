import { guessKey } from "./guess-key.js";
import type { GuessedLayout } from "./guess-layout.js";
import { AS_OF, INGESTED, IS_ABOUT, IS_SAID, plainName } from "./names.js";
import type { GuessedType, Sample } from "./sample.js";

/** What a dataset that nobody defined seems to be. */
export interface GuessedDataset extends GuessedLayout {
  readonly columns: ReadonlyMap<string, GuessedType>;
  /** Columns that together are unique in each file that was looked at. */
  readonly key: readonly string[];
  /** Whether they are: else the key is only a name for what was there. */
  readonly keyHolds: boolean;
  readonly asOf: string | null;
  readonly ingested: string;
  /** The column that dates rows. */
  readonly date: string | undefined;
  /** Whether instants are without a zone. */
  readonly naive: boolean;
  /** By column, what files to be imported call it, where that is another name. */
  readonly aliases: ReadonlyMap<string, string>;
}

/**
 * What files of a dataset tell of its columns.
 *
 * @param samples of the largest file first, whose columns count
 */
export function guessColumns(layout: GuessedLayout, samples: readonly Sample[]): GuessedDataset {
  const { columns: own, naive } = samples[0]!;
  const columns = new Map(own);
  for (const name of layout.pathColumns) columns.set(name, "z.string()");
  if (layout.dateColumn !== undefined) columns.set(layout.dateColumn, "domainDate()");
  const ofType = (wanted: GuessedType) =>
    [...columns].flatMap(([name, type]) => (type === wanted ? [name] : []));
  const instants = ofType("instant()");
  const pick = (names: readonly string[]) =>
    names.flatMap((wanted) => instants.filter((name) => plainName(name) === wanted))[0];
  const ingested = pick(INGESTED);
  const others = instants.filter((name) => name !== ingested);
  const like = (words: RegExp) => others.find((name) => words.test(plainName(name)));
  const said = pick(AS_OF) ?? like(IS_SAID);
  const about =
    others.find((name) => name !== said && IS_ABOUT.test(plainName(name))) ?? onlyOther(others, said);
  const asOf = said ?? others.find((name) => name !== about) ?? about ?? null;
  // Every dataset has a column of captures; where files have none it is null in all of them.
  if (ingested === undefined) columns.set("ingested_ts", "instant()");
  const { key, holds } = guessKey(samples, {
    about: about === asOf ? undefined : about,
    asOf,
    fromPaths: layout.pathColumns,
  });
  const dated = layout.dateColumn ?? about ?? ofType("domainDate()")[0] ?? asOf ?? ingested;
  return {
    ...layout,
    columns,
    key,
    keyHolds: holds,
    asOf,
    ingested: ingested ?? "ingested_ts",
    // What is to be written has a day; the capture always has one.
    date: dated ?? (layout.isImported ? "ingested_ts" : undefined),
    naive,
    aliases: new Map(),
  };
}

/** Where one time says when a row was said, and there is one more, that is what the row is about. */
function onlyOther(instants: readonly string[], said: string | undefined): string | undefined {
  const rest = instants.filter((name) => name !== said);
  return said !== undefined && rest.length === 1 ? rest[0] : undefined;
}
