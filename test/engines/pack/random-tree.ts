import fc from "fast-check";
import type { OracleFile, OracleRow, OracleRules } from "../../oracle.js";
import { nsOfPrecision, type Precision, START, timesOf } from "./instants.js";
import { placeOf, SHAPES, type Shape } from "./shapes.js";

/** What a tree is made of, before it lies anywhere. */
export interface RandomTree {
  readonly shape: Shape;
  readonly names: Names;
  readonly rules: OracleRules;
  readonly playerType: PlayerType;
  readonly precision: Precision;
  readonly isNaive: boolean;
  /** Whether other writers also store instants as text and as INT96. */
  readonly hasOldForms: boolean;
  readonly files: readonly TreeFile[];
  readonly retention: "none" | "compact" | "prune" | "compact, then prune";
  /** Which files are kept from pruning, over and over. */
  readonly keep: readonly boolean[];
}

/** One file, its rows as a reader has them, with what the path says of them. */
export interface TreeFile extends OracleFile {
  /** Below the dataset's folder. */
  readonly path: string;
  readonly form: FileForm;
  /** Whether it comes after retention. */
  readonly isLate: boolean;
}

/** How a file is written. */
export interface FileForm {
  readonly writer: "library" | "other";
  /** Which of the forms of instants that the tree allows, for another writer. */
  readonly instants: number;
  readonly numbers: "wide" | "narrow";
  /** Whether columns without a value are left out. */
  readonly leavesOut: boolean;
  readonly underAlias: boolean;
  readonly pages: 1 | 2;
  readonly codec: "none" | "gzip";
  readonly isCut: boolean;
}

/** Names of columns that differ from tree to tree. */
export interface Names {
  readonly game: string;
  readonly odd: string;
}

const PLAYERS = {
  int: [null, 1, 2, -3],
  bigint: [null, 2n ** 53n + 1n, 2n ** 53n + 2n, -5n],
  double: [null, -1.5, 0.25, 3],
  bool: [null, false, true],
  date: [null, "2026-01-14", "2026-01-15"],
  instant: [null, START, START + 60_000_000_000n],
} as const;
export type PlayerType = keyof typeof PLAYERS;

/** U+1F3C0 sorts before U+FF5E as UTF-16, after it as code points. */
const GAMES = [null, "a", "b", "it's", "\uff5e", "\u{1f3c0}"];
/** Those that a folder can be named by. */
const GAMES_OF_PATHS = ["a", "b", "c/d"];

const name = fc.constantFrom<Names>(
  { game: "game", odd: "odd" },
  { game: "game", odd: `it's "odd" \`x\`` },
  { game: 'ga"me`s', odd: "o'dd" },
);

const form: fc.Arbitrary<FileForm> = fc.record({
  writer: fc.constantFrom("library", "library", "other"),
  instants: fc.nat(7),
  numbers: fc.constantFrom("wide", "narrow"),
  leavesOut: fc.boolean(),
  underAlias: fc.boolean(),
  pages: fc.constantFrom(1, 2),
  codec: fc.constantFrom("none", "gzip"),
  isCut: fc.boolean(),
});

function rulesOf(shape: Shape, names: Names, players: readonly OracleRow[string][]) {
  const { game } = names;
  const scopes = shape.pathColumns.includes("game")
    ? [[game], [game, "player"]]
    : [[], [], [game], [game, "player"], ["player"]];
  return fc
    .record({
      key: fc.constantFrom([game, "player"], ["player", game]),
      asOf: fc.constantFrom("as_of_ts", "as_of_ts", "as_of_ts", "as_of_ts", "as_of_ts", null),
      ingested: fc.constant("ingested_ts"),
      earliest: fc.constantFrom(undefined, undefined, 1n, START, START + 1_000_000n),
      maxLead: fc.constantFrom(undefined, undefined, 0n, 1n, 1_000_000n, 3_600_000_000_000n),
      unreliable: fc.integer({ min: 0, max: 9 }).map((n) => n === 9),
      fallback: fc.constantFrom("row" as const, "row" as const, "dataset" as const, "never" as const),
      meaning: fc.constantFrom("changes" as const, "snapshot" as const),
      scope: fc.constantFrom(...scopes),
      snapshotTime: fc.constantFrom(undefined, "report_ts"),
      tombstone: fc.constantFrom<OracleRules["tombstone"]>(
        undefined,
        { status: ["gone"] },
        { status: ["out", null], player: [players[1]!] },
      ),
      aliases: fc.constantFrom(undefined, { status: ["state"] }, { [game]: ["match"], status: ["state"] }),
    })
    .map(({ scope, snapshotTime, asOf, aliases, ...rules }): OracleRules => {
      const isSnapshot = rules.meaning === "snapshot";
      const own = asOf === null ? { ...rules, ...WITHOUT_AS_OF } : rules;
      const isAliased = aliases && !(shape.pathColumns.includes("game") && game in aliases);
      return {
        ...own,
        asOf,
        scope: isSnapshot ? scope : [],
        // Where hours come first, their column dates snapshots unless another is named.
        snapshotTime: isSnapshot ? (shape.hour ? "report_ts" : snapshotTime) : undefined,
        ...(isAliased && { aliases }),
      };
    });
}

/** A feed without a semantic time has no rules of how it is trusted; its `as_of_ts` is a column like others. */
const WITHOUT_AS_OF = {
  earliest: undefined,
  maxLead: undefined,
  unreliable: false,
  fallback: "row",
} as const;

function filesOf(
  shape: Shape,
  { game }: Names,
  players: readonly OracleRow[string][],
  rules: OracleRules,
  precision: Precision,
) {
  const { anyTime, ofDay } = timesOf(precision);
  const isSnapshot = rules.meaning === "snapshot";
  const games = shape.pathColumns.includes("game") ? GAMES_OF_PATHS : GAMES;
  const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined, freq: 1 });
  const timeOrNull = fc.option(anyTime, { freq: 4 });
  // A file of several days as a state is no evidence where a row of any day has no capture: too fine for rows by the day.
  const captured = shape.isOfMonths && isSnapshot ? anyTime : fc.option(anyTime, { freq: 3 });
  const asOfTime = fc.oneof({ weight: 8, arbitrary: timeOrNull }, { weight: 1, arbitrary: fc.constant(0n) });
  const few = { maxLength: 6, minLength: isSnapshot ? 0 : 1, size: "max" } as const;
  return fc
    .array(
      fc.integer({ min: 0, max: 1 }).chain((day) =>
        fc.record({
          day: fc.constant(day),
          place: fc.nat(11),
          game: fc.constantFrom(...games),
          rows: fc.array(
            fc.record({
              game: fc.constantFrom(...games),
              player: fc.constantFrom(...players),
              status: fc.constantFrom("in", "out", "gone", null),
              price: fc.constantFrom(null, -1, 0, 7, 2.5),
              odd: fc.constantFrom(null, "", "x'y", 'x"y'),
              note: fc.constantFrom(null, null, 1, 3, 0.5),
              report_ts: shape.isOfMonths ? ofDay(day) : fc.option(ofDay(day), { freq: 4 }),
              as_of_ts: asOfTime,
              ingested_ts: captured,
            }),
            few,
          ),
          /** Rows of the file before, sent again by the same run. */
          again: fc.option(
            fc.record({ captured: anyTime, changes: fc.boolean(), some: fc.integer({ min: 1, max: 3 }) }),
            { freq: 3, nil: undefined },
          ),
          withNote: fc.integer({ min: 0, max: 3 }).map((n) => n === 3),
          snapshotTime: maybe(anyTime),
          snapshotIngested: maybe(anyTime),
          covers: fc.array(fc.tuple(fc.constantFrom(...games), fc.constantFrom(...players)), {
            maxLength: 2,
          }),
          form,
          isLate: fc.integer({ min: 0, max: 4 }).map((n) => n === 4),
        }),
      ),
      { minLength: 2, maxLength: 6, size: "max" },
    )
    .map((drawn) => {
      const taken = new Map<string, number>();
      const files: TreeFile[] = [];
      let [id, last] = [0, undefined as (TreeFile & { drawn: (typeof drawn)[number] }) | undefined];
      for (const own of drawn) {
        const again = own.again && last && shape.canRepeat ? own.again : undefined;
        const { day, place, game: pathGame } = again ? last!.drawn : own;
        const path = placeOf(shape, { day, place, game: pathGame }, taken);
        if (path === undefined) continue;
        const repeated = again
          ? last!.rows.slice(0, again.some).map((row) => ({
              ...row,
              ingested_ts: again.captured,
              ...(again.changes && { status: "out" }),
            }))
          : [];
        const fresh = again && (again.some < 3 || day !== own.day) ? [] : own.rows;
        const rows = [
          ...repeated,
          ...fresh.map(
            ({ game: rowGame, note, odd, ...row }): OracleRow => ({
              ...row,
              [game]: shape.pathColumns.includes("game") ? pathGame : rowGame,
              odd_cell: odd,
              note: own.withNote ? note : null,
              run_id: `row ${id++}`,
            }),
          ),
        ];
        const isOwn = shape.isWritable && own.form.writer === "library";
        const declares = isOwn && isSnapshot;
        const file: TreeFile = {
          path,
          rows,
          form: { ...own.form, writer: isOwn ? "library" : "other" },
          isLate: own.isLate,
          ...(declares && {
            snapshotTime: own.snapshotTime,
            snapshotIngested: own.snapshotIngested,
            covers: own.covers
              .map(([coveredGame, coveredPlayer]) =>
                rules.scope.map((name) =>
                  name === "player"
                    ? coveredPlayer
                    : shape.pathColumns.includes("game")
                      ? pathGame
                      : coveredGame,
                ),
              )
              .filter(() => rules.scope.length > 0),
          }),
        };
        files.push(file);
        last = { ...file, drawn: { ...own, day, place, game: pathGame } };
      }
      return files;
    });
}

const RETENTION: readonly RandomTree["retention"][] = [
  ...new Array<"none">(4).fill("none"),
  ...new Array<"compact">(4).fill("compact"),
  "prune",
  "compact, then prune",
];

/** Any tree, of some shapes and precisions. */
export function randomTree({
  shapes = SHAPES,
  precisions = ["ns", "us", "us", "ms"],
}: {
  readonly shapes?: readonly Shape[];
  readonly precisions?: readonly Precision[];
} = {}): fc.Arbitrary<RandomTree> {
  return fc
    .record({
      shape: fc.constantFrom(...shapes),
      names: name,
      playerType: fc.constantFrom(...(Object.keys(PLAYERS) as PlayerType[])),
      precision: fc.constantFrom(...precisions),
      isNaive: fc.integer({ min: 0, max: 2 }).map((n) => n === 2),
      hasOldForms: fc.integer({ min: 0, max: 3 }).map((n) => n === 3),
      retention: fc.integer({ min: 0, max: 9 }).map((n) => RETENTION[n]!),
      keep: fc.array(fc.boolean(), { minLength: 3, maxLength: 7 }),
    })
    .chain(({ shape, names: given, ...own }) => {
      const names = shape.pathColumns.includes("game") ? { ...given, game: "game" } : given;
      const players = PLAYERS[own.playerType].map((player) =>
        typeof player === "bigint" && own.playerType === "instant"
          ? player + nsOfPrecision(own.precision)
          : player,
      );
      return rulesOf(shape, names, players).chain((rules) =>
        filesOf(shape, names, players, rules, own.precision).map(
          (files): RandomTree => ({
            ...own,
            shape,
            names,
            rules,
            retention: shape.isClosed ? own.retention : "none",
            files: files.map((file) => ({ ...file, rows: file.rows.map((row) => named(row, names)) })),
          }),
        ),
      );
    });
}

/** The column with the odd name. */
function named({ odd_cell, ...row }: OracleRow, { odd }: Names): OracleRow {
  return odd_cell === undefined ? row : { ...row, [odd]: odd_cell };
}
