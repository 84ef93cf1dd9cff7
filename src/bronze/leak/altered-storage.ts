import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import { isDataName, joinPath, type Storage, type StorageEntry } from "../../storage/index.js";
import { dayFileOf, unitFolderOf } from "../read/day-file.js";
import { unitFolders, unitsOf } from "../read/unit-folders.js";
import { isPassedOver, isUnchanged, type RetainedDay, readRetained } from "../retained/retained-day.js";
import { RETENTION_FILE } from "../retained/retained-files.js";
import { type AlterableFile, type Alteration, alterableFile } from "./alter-file.js";

/** Which rows after the cutoff to alter, and how. */
export interface AlterationChoice {
  readonly alteration: Alteration;
  isChosen(path: string, row: number): boolean;
  readonly seed: number;
}

/** A row after the cutoff. */
export interface LaterRow {
  /** The file it was written to, wherever it lies now. */
  readonly file: string;
  readonly rowInFile: number;
  readonly effectiveNs: bigint;
  /** Its values before it is altered. */
  cells(): Record<string, unknown>;
}

/** Bounds of what is known. */
interface KnownBounds {
  readonly cutoffNs: bigint;
  readonly knownByNs: bigint | undefined;
}

/**
 * A store's files as if the rows after a cutoff had never come, or had other values. Files are altered when they are
 * read, so only reads cost anything. For leak checks.
 */
export class AlteredFiles {
  readonly #base: Storage;
  readonly #datasets: readonly AnyDataset[];
  readonly #bounds: KnownBounds;
  readonly #opened = new Map<string, Promise<Opened>>();
  readonly #unaltered = new Set<string>();
  readonly #days = new Map<string, RetainedDay>();

  constructor(base: Storage, datasets: readonly AnyDataset[], bounds: KnownBounds) {
    this.#base = base;
    this.#datasets = datasets;
    this.#bounds = bounds;
  }

  /** Bronze files of these datasets that are not readable data, and so were left as they are. */
  get unaltered(): readonly string[] {
    return [...this.#unaltered].sort();
  }

  /** A storage to read from. `met` collects the paths that are read through it. */
  storage(choice: AlterationChoice | undefined, met: Set<string>): Storage {
    const base = this.#base;
    const refuse = (path: string) => Promise.reject(readOnly(path));
    return {
      description: `${base.description}, read by a leak check`,
      list: (path) => this.#list(path),
      read: (path) => this.read(path, choice, met),
      stat: async (path) => {
        const stat = await base.stat(path);
        if (!stat || !this.#datasetOf(path)) return stat;
        return { ...stat, sizeBytes: (await this.read(path, choice, met)).byteLength };
      },
      publish: refuse,
      replace: refuse,
      swap: refuse,
      remove: refuse,
      locks: { lock: refuse },
    };
  }

  async read(
    path: string,
    choice: AlterationChoice | undefined,
    met: Set<string>,
  ): Promise<Uint8Array<ArrayBuffer>> {
    if (!this.#datasetOf(path)) return this.#base.read(path);
    const { bytes, file } = await this.#open(path);
    met.add(path);
    if (!file || !choice) return bytes.slice();
    return file.altered(choice.alteration, choice.isChosen, choice.seed).slice();
  }

  /** The rows after the cutoff in some files, the earliest first. */
  async laterRows(paths: Iterable<string>): Promise<LaterRow[]> {
    const rows: LaterRow[] = [];
    // Retention may put what was read into another file, which is read then.
    const seen = new Set<string>();
    for (const path of paths) {
      for (const part of (await this.#open(path)).file?.parts ?? []) {
        if (seen.has(part.path)) continue;
        seen.add(part.path);
        for (const { row, effectiveNs } of part.hidden)
          rows.push({ file: part.path, rowInFile: row, effectiveNs, cells: () => part.row(row) });
      }
    }
    const byPlace = (a: LaterRow, b: LaterRow) =>
      a.file < b.file ? -1 : a.file > b.file ? 1 : a.rowInFile - b.rowInFile;
    return rows.sort((a, b) =>
      a.effectiveNs < b.effectiveNs ? -1 : a.effectiveNs > b.effectiveNs ? 1 : byPlace(a, b),
    );
  }

  /** Every file below the layers, or in some of their days. */
  async *paths(dates?: readonly string[]): AsyncGenerator<string> {
    const folders = new Set(
      dates
        ? await this.#foldersOf(dates)
        : ["bronze", ...this.#datasets.map(({ folder }) => folder).filter(isElsewhere)],
    );
    for (const folder of folders) yield* this.#walk(folder);
  }

  async #foldersOf(dates: readonly string[]): Promise<string[]> {
    const folders: string[] = [];
    for (const dataset of this.#datasets) {
      for (const { dates: wanted } of unitsOf(dataset, dates))
        folders.push(...(await unitFolders(this.#base, dataset, wanted)).map(({ path }) => path));
    }
    return folders;
  }

  async *#walk(folder: string): AsyncGenerator<string> {
    for (const { name, kind } of await this.#list(folder)) {
      const path = joinPath(folder, name);
      if (kind === "folder") yield* this.#walk(path);
      else if (isDataName(name) || name === RETENTION_FILE) yield path;
    }
  }

  #datasetOf(path: string): AnyDataset | undefined {
    return this.#datasets.find((dataset) => dayFileOf(dataset, path));
  }

  #open(path: string): Promise<Opened> {
    let opened = this.#opened.get(path);
    if (!opened) {
      opened = this.#openOnce(path);
      this.#opened.set(path, opened);
      // One that is gone may come back: retention makes files of a compacted one again.
      opened.catch(() => this.#opened.delete(path));
    }
    return opened;
  }

  async #openOnce(path: string): Promise<Opened> {
    const bytes = await this.#base.read(path);
    const dataset = this.#datasetOf(path)!;
    const { cutoffNs, knownByNs } = this.#bounds;
    try {
      const file = alterableFile(dataset, dayFileOf(dataset, path)!, bytes, cutoffNs, knownByNs);
      return { bytes, file };
    } catch (error) {
      if (!isBronzeError(error)) throw error;
      this.#unaltered.add(path);
      return { bytes, file: undefined };
    }
  }

  /**
   * A folder without the files that retention replaced or removed: readers recognize those by their bytes, which differ
   * once they are altered.
   */
  async #list(folder: string): Promise<StorageEntry[]> {
    const entries = await this.#base.list(folder);
    const kept: StorageEntry[] = [];
    const units = new Map<string, RetainedDay>();
    for (const entry of entries) {
      const path = joinPath(folder, entry.name);
      const dataset = entry.kind === "file" ? this.#datasetOf(path) : undefined;
      const unit = dataset && unitFolderOf(dataset, path);
      if (unit !== undefined) {
        const retained = units.get(unit) ?? (await this.#retained(unit));
        units.set(unit, retained);
        if (await isPassedOver(this.#base, retained, path.slice(unit.length + 1))) continue;
      }
      kept.push(entry);
    }
    return kept;
  }

  async #retained(day: string): Promise<RetainedDay> {
    const known = this.#days.get(day);
    if (known && (await isUnchanged(this.#base, known))) return known;
    const retained = await readRetained(this.#base, day);
    this.#days.set(day, retained);
    return retained;
  }
}

function isElsewhere(folder: string): boolean {
  return !folder.startsWith("bronze/");
}

interface Opened {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** `undefined` where there is nothing to alter. */
  readonly file: AlterableFile | undefined;
}

function readOnly(path: string): BronzeError {
  return new BronzeError(
    "READ_ONLY",
    `A builder under a leak check tried to write "${path}"; a builder only reads.`,
    { path },
  );
}
