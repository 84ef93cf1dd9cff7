import type { TimestampRules } from "../../dataset/index.js";
import { withText } from "../../printed.js";
import { counted } from "../../shown.js";
import { durationText, exactly, formatInstant, toDurationNs } from "../../time/index.js";
import { type Answer, type FileRead, type Provenance, provenanceText } from "../../travel/index.js";
import type { ViewRead } from "./bronze-view.js";
import type { Loaded } from "./load-frame.js";
import type { ViewReadOptions } from "./question.js";

/**
 * How many reads of a view may still hold the files and the index that their counts are made from. Counting costs more
 * than most answers, so a read is counted when its record is first used, but no later than this many reads on: a view
 * in long use must not keep every day it ever read.
 */
const MOST_UNCOUNTED = 8;

/** What a view has read, in order. */
export class ReadLog {
  readonly #reads: ViewRead[] = [];
  readonly #uncounted: (() => void)[] = [];
  readonly #shared = new SharedFiles();
  readonly #asInputs: boolean;

  /** @param asInputs whether files are recorded as the inputs of a frozen slate: with content digests, and which decide */
  constructor(asInputs: boolean) {
    this.#asInputs = asInputs;
  }

  get reads(): ViewRead[] {
    return [...this.#reads];
  }

  /** For people, of a view at a cutoff; counts nothing. */
  text(cutoffNs: bigint, knownByNs: bigint | undefined): string {
    const bound = knownByNs === undefined ? "" : `, known by ${formatInstant(knownByNs)}`;
    const lines = this.#reads.slice(-MOST_SHOWN).map((read) => `  ${readText(read)}`);
    const more = this.#reads.length - lines.length;
    return [
      `BronzeView at ${formatInstant(cutoffNs)}${bound}: ${counted(this.#reads.length, "read")}`,
      ...(more > 0 ? [`  ... ${more} before`] : []),
      ...lines,
    ].join("\n");
  }

  add(
    loaded: Loaded,
    answer: Answer,
    asked: { readonly dates: readonly string[]; readonly options: ViewReadOptions<string> },
  ): void {
    const { read, count } = recordRead(loaded, answer, asked, {
      shared: this.#shared,
      asInputs: this.#asInputs,
    });
    this.#reads.push(read);
    this.#uncounted.push(count);
    if (this.#uncounted.length > MOST_UNCOUNTED) this.#uncounted.shift()!();
  }
}

const MOST_SHOWN = 10;

/** Counts nothing. */
function readText({ dataset, dates }: ViewRead): string {
  return `${dataset} ${spanText(dates)}`;
}

function spanText(dates: readonly string[]): string {
  const [first, last] = [dates[0], dates.at(-1)];
  return first === last ? `${first ?? "all dates"}` : `${first} to ${last}`;
}

interface Recording {
  readonly shared: SharedFiles;
  readonly asInputs: boolean;
}

type Counts = Pick<ViewRead, "provenance" | "files" | "rowsNotSelectable" | "rowsAhead">;

function recordRead(
  loaded: Loaded,
  answer: Answer,
  { dates, options }: { readonly dates: readonly string[]; readonly options: ViewReadOptions<string> },
  how: Recording,
): { read: ViewRead; count: () => void } {
  const dataset = loaded.frame.dataset.name;
  const { skipped } = loaded;
  const counts = onceAndLetGo(() => countsOf(loaded, answer, dataset, how));
  return { read: recordOf({ dates, options, dataset, skipped }, counts), count: counts.settle };
}

/** Separate from what makes the counts, or a record would hold that too. */
function recordOf(
  asked: Pick<ViewRead, "dates" | "options" | "dataset" | "skipped">,
  counts: { get(): Counts },
): ViewRead {
  const read: ViewRead = {
    ...asked,
    get files() {
      return counts.get().files;
    },
    get rowsNotSelectable() {
      return counts.get().rowsNotSelectable;
    },
    get rowsAhead() {
      return counts.get().rowsAhead;
    },
    get provenance() {
      return counts.get().provenance;
    },
  };
  return withText(read, () => `ViewRead of ${readText(read)}`);
}

/** The result or error of `make`, made once; then `make` and all it holds are released. */
function onceAndLetGo<T>(make: () => T): { get(): T; settle(): void } {
  let pending: (() => T) | undefined = make;
  let made: { readonly value: T } | { readonly error: unknown } | undefined;
  const settle = () => {
    if (!pending) return;
    try {
      made = { value: pending() };
    } catch (error) {
      made = { error };
    }
    pending = undefined;
  };
  return {
    settle,
    get() {
      settle();
      if (made && "value" in made) return made.value;
      throw made!.error;
    },
  };
}

function countsOf(
  loaded: Loaded,
  { snapshot, timeline }: Answer,
  dataset: string,
  { shared, asInputs }: Recording,
): Counts {
  const { provenance } = snapshot;
  const { timestamps } = loaded.frame.dataset;
  const { paths, rowsNotSelectable, rowsAhead } = timeline().inputFiles(snapshot.cutoff);
  const files = loaded.files().filter(({ path }) => paths.has(path));
  const { knownBy, maxAge } = provenance;
  const decides = asInputs
    ? timeline().decidingFiles(exactly(snapshot.cutoff), {
        ...(knownBy !== null && { knownBy: exactly(knownBy) }),
        ...(maxAge !== null && { maxAge: durationText(maxAge) }),
      })
    : undefined;
  // Without the first file of a schema the columns of an answer may have other types.
  const first = new Map(files.toReversed().map(({ path, columns }) => [columns, path]));
  const isFirst = new Set(first.values());
  const recorded = files.map((file) => {
    const { path, rows, sizeBytes, sha256 } = file;
    const own = { path, rows, sizeBytes, sha256 };
    return decides ? { ...own, content: file.content, decides: decides.has(path) || isFirst.has(path) } : own;
  });
  return {
    files: shared.list(`${dataset} stands`, recorded),
    rowsNotSelectable,
    rowsAhead,
    provenance: withFiles(provenance, shared.list(`${dataset} read`, provenance.files), timestamps),
  };
}

function withFiles(provenance: Provenance, files: Provenance["files"], times: TimestampRules): Provenance {
  return Object.freeze(withText({ ...provenance, files }, (own) => provenanceText(own, times)));
}

/** Lists of files; a view that reads the same days again keeps one list. */
class SharedFiles {
  readonly #last = new Map<string, readonly FileRead[]>();

  list<File extends FileRead>(kind: string, files: readonly File[]): readonly File[] {
    const last = this.#last.get(kind);
    if (last?.length === files.length && files.every((file, i) => isSame(file, last[i]!)))
      return last as readonly File[];
    const list = Object.freeze([...files]);
    this.#last.set(kind, list);
    return list;
  }
}

type Recorded = FileRead & { readonly sha256?: string; readonly decides?: boolean };

function isSame(a: Recorded, b: Recorded): boolean {
  return (
    a.path === b.path &&
    a.rows === b.rows &&
    a.sizeBytes === b.sizeBytes &&
    a.sha256 === b.sha256 &&
    a.decides === b.decides
  );
}

/** A copy of a read's options, with `maxAge` as text, because a record must not change afterwards. */
export function copyOfAsked(options: ViewReadOptions<string>): ViewReadOptions<string> {
  if (typeof options !== "object" || options === null) return options;
  const copy: Record<string, unknown> = { ...options };
  if ("dates" in options && options.dates !== undefined) copy.dates = [...options.dates];
  if (options.columns !== undefined) copy.columns = [...options.columns];
  if (options.maxAge !== undefined) copy.maxAge = durationText(toDurationNs(options.maxAge, "maxAge"));
  return Object.freeze(copy) as unknown as ViewReadOptions<string>;
}
