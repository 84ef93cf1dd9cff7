import fc from "fast-check";
import { jsonOf, type Question } from "./case.js";
import { columnsOf } from "./define.js";
import { DATES, timesOf } from "./instants.js";
import type { RandomTree } from "./random-tree.js";

const HOUR = 3_600_000_000_000n;

/** Questions of all verbs around the times of a tree, also a nanosecond beside them. */
export function randomQuestions(
  tree: RandomTree,
  { min = 3, max = 8 } = {},
): fc.Arbitrary<readonly Question[]> {
  const { shape, names, rules } = tree;
  const { anyTime } = timesOf(tree.precision);
  const cutoff = fc
    .tuple(anyTime, fc.constantFrom(0n, 0n, 1n, -1n, HOUR, 12n * HOUR, 24n * HOUR, 24n * HOUR, 24n * HOUR))
    .map(([time, by]) => String(time + by));
  const declared = columnsOf(tree).map(({ name }) => name);
  const span = fc.record({
    dates: shape.isDated
      ? fc.oneof(
          { weight: 4, arbitrary: fc.constantFrom<readonly string[]>([DATES[0]], [DATES[1]]) },
          { weight: 10, arbitrary: fc.constant<readonly string[]>(DATES) },
          { weight: 1, arbitrary: fc.constant<readonly string[]>(["2026-01-18"]) },
        )
      : fc.constant(null),
    lookbackDays: shape.isDated ? fc.constantFrom(0, 0, 1) : fc.constant(0),
    includeRuns: fc.integer({ min: 0, max: 9 }).map((n) => n < 9),
    prefer: fc.constantFrom("history" as const, "history" as const, "history" as const, "latest" as const),
    columns: fc.option(fc.uniqueArray(fc.constantFrom(...declared), { minLength: 1, maxLength: 4 }), {
      freq: 1,
    }),
  });
  const bounds = fc.record({
    knownBy: fc.oneof(
      { weight: 5, arbitrary: fc.constant(null) },
      { weight: 2, arbitrary: fc.constant("cutoff") },
      { weight: 2, arbitrary: cutoff },
    ),
    maxAge: fc.constantFrom(
      null,
      null,
      null,
      null,
      null,
      null,
      "0",
      "1",
      "1000000",
      "300000000000",
      "36000000000001",
    ),
  });
  const asOf = fc
    .tuple(span, bounds, cutoff)
    .map(([span, bounds, cutoff]): Question => ({ verb: "asOf", ...span, ...bounds, cutoff }));
  const diff = fc
    .tuple(span, bounds, cutoff, cutoff)
    .map(([span, bounds, from, to]): Question => ({ verb: "diff", ...span, ...bounds, from, to }));
  const day = fc
    .tuple(span, fc.constantFrom(...DATES))
    .map(([span, date]): Question => ({ ...span, verb: "day", dates: [date], lookbackDays: 0 }));
  const keys = tree.files.flatMap(({ rows }) => rows);
  const label = keys.length === 0 ? undefined : fc.tuple(fc.nat(keys.length - 1), cutoff);
  const join =
    label &&
    fc
      .tuple(
        span,
        bounds,
        fc.constantFrom(rules.key, rules.key, [names.game]),
        fc.array(label, { minLength: 1, maxLength: 3 }),
      )
      .map(
        ([{ columns, ...span }, bounds, on, labels]): Question => ({
          verb: "join",
          ...span,
          lookbackDays: 0,
          ...bounds,
          columns: columns?.every((name) => on.includes(name))
            ? null
            : (columns?.filter((name) => !on.includes(name)) ?? null),
          on,
          labels: labels.map(([i, cutoff]) => [...on.map((name) => jsonOf(keys[i]![name]!)), cutoff]),
        }),
      );
  const any = fc.oneof(
    { weight: 6, arbitrary: asOf },
    { weight: 2, arbitrary: diff },
    ...(shape.isDated ? [{ weight: 1, arbitrary: day }] : []),
    ...(join ? [{ weight: 2, arbitrary: join }] : []),
  );
  return fc.array(any, { minLength: min, maxLength: max });
}
