import { BronzeStore, type Diff, type Engine, isBronzeError, type Storage } from "bronzestore";
import type { AnyDataset } from "../../../src/dataset/index.js";
import {
  type Answer,
  type CaseColumn,
  CHANGE,
  type Counts,
  cellOf,
  type JsonCell,
  jsonOf,
  type Question,
} from "./case.js";

/** Where a case lies, and which engine executes its questions; none: the library. */
export interface Place {
  readonly storage: Storage;
  readonly engine?: Engine | undefined;
}

/**
 * Asks the library, or an engine, a question of a case, and gives the answer as the case would have it, or the code and text of its
 * refusal.
 */
export async function askLibrary(
  { storage, engine }: Place,
  dataset: AnyDataset,
  question: Question,
  columns: readonly CaseColumn[],
): Promise<Answer | string> {
  const bronze = new BronzeStore({ storage, datasets: [dataset] });
  try {
    return await answerOf(bronze, engine, dataset, question, columns);
  } catch (error) {
    if (isBronzeError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
}

type Store = BronzeStore<readonly [AnyDataset]>;

/** @param columns those of the answer, whose types say how its cells are told in JSON */
async function answerOf(
  bronze: Store,
  engine: Engine | undefined,
  dataset: AnyDataset,
  question: Question,
  columns: readonly CaseColumn[],
): Promise<Answer> {
  const { dates, lookbackDays, includeRuns, prefer } = question;
  const span = dates === null ? {} : { dates, ...(lookbackDays > 0 && { lookbackDays }) };
  const options = {
    includeRuns,
    prefer,
    ...(question.columns && { columns: question.columns }),
  };
  const maxAge = (ns: string | null) => (ns === null ? {} : { maxAge: { nanoseconds: Number(ns) } });
  const knownBy = (said: string | null) =>
    said === null ? {} : { knownBy: said === "cutoff" ? "cutoff" : exact(said) };
  switch (question.verb) {
    case "asOf": {
      const store = engine ? bronze.on(engine) : bronze;
      const view = store.asOf(exact(question.cutoff), knownBy(question.knownBy) as never);
      const read = await view.read(dataset.name, {
        ...span,
        ...options,
        ...maxAge(question.maxAge),
      } as never);
      const { provenance } = read;
      const below = (path: string) => path.slice(dataset.folder.length + 1);
      return {
        ...told(read as never, columns),
        counts: countsOf(provenance as never),
        files: provenance.files.map(({ path, rows }) => [below(path), rows] as const),
      };
    }
    case "day": {
      const day = await bronze.readBronzeDay(dataset.name, dates![0]!, options as never);
      return told(day as never, columns);
    }
    case "join": {
      const { on, labels } = question;
      const types = columns.slice(0, on.length + 1);
      const rows = labels.map((label) =>
        Object.fromEntries(types.map(({ name, type }, i) => [name, given(type, label[i]!)])),
      );
      const asked = {
        on,
        cutoff: "cutoff",
        ...(dates && { from: dates[0], to: dates.at(-1) }),
        ...knownBy(question.knownBy),
        ...maxAge(question.maxAge),
        ...options,
      } as never;
      const joined = engine
        ? await bronze
            .on(engine)
            .joinAsOf(rows as never, dataset.name, asked)
            .read()
        : await bronze.joinAsOf(rows as never, dataset.name, asked);
      return told(joined as never, columns);
    }
    case "diff": {
      const bounds = { ...knownBy(question.knownBy), ...maxAge(question.maxAge) };
      const [from, to] = [exact(question.from), exact(question.to)];
      const asked = { ...span, ...options };
      const { added, changed, gone } = (
        engine
          ? await bronze
              .on(engine)
              .diff(dataset.name, from, to, { ...asked, ...bounds } as never)
              .read()
          : (await bronze.timeline(dataset.name, asked as never)).diff(from, to, bounds as never)
      ) as Diff;
      const rows = [
        ...added.map((row) => ({ [CHANGE.name]: "added", ...row })),
        ...changed.flatMap(({ before, after }) => [
          { [CHANGE.name]: "before", ...before },
          { [CHANGE.name]: "after", ...after },
        ]),
        ...gone.map((row) => ({ [CHANGE.name]: "gone", ...row })),
      ];
      const found = new Set(rows.flatMap((row) => Object.keys(row)));
      const known = columns.map(({ name }) => name);
      const names = [...known, ...[...found].filter((name) => !known.includes(name))];
      // Rows of a diff have a column that nobody declared only where it has a value.
      const whole = rows.map((row) => ({ ...Object.fromEntries(names.map((name) => [name, null])), ...row }));
      return told({ columns: names, rows: () => whole }, columns);
    }
    default:
      return question satisfies never;
  }
}

const exact = (ns: string) => ({ epochNanoseconds: BigInt(ns) });

/** A label's cell as a caller gives it. */
function given(type: CaseColumn["type"], cell: JsonCell): unknown {
  return type === "instant" && cell !== null ? exact(cell as string) : cellOf(type, cell);
}

interface Rows {
  rows(): readonly Record<string, unknown>[];
  readonly columns: readonly string[];
}

/** Columns by the names that the answer gives; a type is what the case says, for JSON needs no other. */
function told(answer: Rows, columns: readonly CaseColumn[]): Answer {
  const names = answer.columns;
  const typed = names.map(
    (name): CaseColumn => columns.find((column) => column.name === name) ?? { name, type: "double" },
  );
  const rows = answer.rows().map((row) => typed.map(({ name, type }) => json(type, row[name])));
  return { columns: typed, rows };
}

function json(type: CaseColumn["type"], cell: unknown): JsonCell {
  // Undeclared integers are big ones until a double stands beside them.
  if (type === "double" && typeof cell === "bigint") return Number(cell);
  // A label's instant comes back as it was given.
  const instant = (cell as { epochNanoseconds?: bigint } | null)?.epochNanoseconds;
  return instant === undefined ? jsonOf(cell as never) : String(instant);
}

function countsOf(
  provenance: Omit<Counts, "maxAsOfTs" | "maxIngestedTs"> &
    Record<"maxAsOfTs" | "maxIngestedTs", bigint | null>,
): Counts {
  const { maxAsOfTs, maxIngestedTs } = provenance;
  return {
    rowsSeen: provenance.rowsSeen,
    rowsEligible: provenance.rowsEligible,
    rowsEligiblePruned: provenance.rowsEligiblePruned,
    rowsSelected: provenance.rowsSelected,
    rowsByFallback: provenance.rowsByFallback,
    rowsNotSelectable: provenance.rowsNotSelectable,
    rowsAhead: provenance.rowsAhead,
    rowsCapturedLater: provenance.rowsCapturedLater,
    rowsCaptureUnknown: provenance.rowsCaptureUnknown,
    keysByLaterEvidence: provenance.keysByLaterEvidence,
    asOfUsableByCutoff: provenance.asOfUsableByCutoff,
    emptyBecause: provenance.emptyBecause,
    maxAsOfTs: maxAsOfTs === null ? null : String(maxAsOfTs),
    maxIngestedTs: maxIngestedTs === null ? null : String(maxIngestedTs),
  };
}
