import { IS_ID, IS_RUN, plainName } from "./names.js";
import type { GuessedType, Sample } from "./sample.js";

/** What a key may be guessed of, besides ids. */
interface Hints {
  /** A column of times that rows are about. */
  readonly about: string | undefined;
  /** The column of the moments at which rows were said. */
  readonly asOf: string | null;
  /** Columns that paths give. */
  readonly fromPaths: readonly string[];
}

/**
 * Columns that no two rows of one file share, one taken where it tells more rows apart; all where none do. Ids come first, and
 * with them the time that rows are about. Where these tell the rows of each moment apart, a file has several states of a key.
 */
export function guessKey(
  samples: readonly Sample[],
  { about, asOf, fromPaths }: Hints,
): { readonly key: readonly string[]; readonly holds: boolean } {
  const everywhere = (name: string) => samples.every(({ columns }) => columns.has(name));
  const candidates = [...samples[0]!.columns].flatMap(([name, type]) =>
    KEY_TYPES.has(type) && !IS_RUN.test(name) && !fromPaths.includes(name) && everywhere(name) ? [name] : [],
  );
  const isId = (name: string) => IS_ID.test(plainName(name));
  const ids = candidates.filter(isId);
  if (about !== undefined && everywhere(about)) ids.push(about);
  const chosen: string[] = [];
  let groups = samples.map((sample) => ({ of: new Array<number>(sample.rowCount).fill(0), distinct: 1 }));
  const by = (name: string) =>
    samples.map((sample, i) => refined(groups[i]!.of, sample.cells(name).map(String)));
  const holdsIn = (own: typeof groups) => own.every(({ distinct }, i) => distinct >= samples[i]!.rowCount);
  const choose = (names: readonly string[]) => {
    for (const name of names) {
      if (holdsIn(groups) && chosen.length > 0) return;
      const finer = by(name);
      if (chosen.length > 0 && finer.every(({ distinct }, i) => distinct === groups[i]!.distinct)) continue;
      chosen.push(name);
      groups = finer;
    }
  };
  choose(ids);
  const isOfMoments = chosen.length > 0 && asOf !== null && everywhere(asOf) && holdsIn(by(asOf));
  if (!isOfMoments) choose(candidates.filter((name) => !isId(name)));
  const key = [...fromPaths, ...chosen];
  return key.length === 0
    ? { key: [...samples[0]!.columns.keys()].slice(0, 1), holds: false }
    : { key, holds: isOfMoments || holdsIn(groups) };
}

/** Groups of rows, told apart by one more column. */
function refined(groups: readonly number[], cells: readonly string[]): { of: number[]; distinct: number } {
  const codes = new Map<string, number>();
  const of = cells.map((cell, row) => {
    const own = `${groups[row]}/${cell}`;
    if (!codes.has(own)) codes.set(own, codes.size);
    return codes.get(own)!;
  });
  return { of, distinct: codes.size };
}

const KEY_TYPES: ReadonlySet<GuessedType> = new Set([
  "z.string()",
  "z.int()",
  "z.int32()",
  "z.uint32()",
  "z.int64()",
  "z.uint64()",
]);
