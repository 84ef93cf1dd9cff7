import {
  type PlannedDay,
  type PlannedFile,
  type PlannedOutput,
  type PlannedPart,
  type PrunedPart,
  prunedPartOf,
  type RefusedFile,
  underOwnNames,
} from "../../bronze/index.js";
import { compactedName, plainName } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import { joinPath } from "../../storage/index.js";
import type { PrunedOfPlan } from "../../trash/index.js";
import type { SourcePart } from "./pack-parts.js";
import type { SurveyedDay, SurveyedFile } from "./survey-day.js";

/** The effect of a rule on one day. */
export interface DayPlan {
  readonly day: PlannedDay;
  readonly refused: readonly RefusedFile[];
  /** The bytes of the outputs, by path. */
  readonly outputBytes: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** What the day records of files that are pruned, or of which parts are. */
  readonly pruned: PrunedOfPlan;
}

/** A day's plan while it is made. */
export class Draft {
  readonly surveyed: SurveyedDay;
  readonly #removed: PlannedFile[] = [];
  readonly #outputs: PlannedOutput[] = [];
  readonly #refused: RefusedFile[] = [];
  readonly #bytes = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #pruned = new Map<string, readonly PrunedPart[]>();

  constructor(surveyed: SurveyedDay) {
    this.surveyed = surveyed;
  }

  /**
   * Removes a file for good, or some of its parts.
   * @param taken what goes; `undefined` where the file does not say enough of itself to record it
   */
  prune(file: SurveyedFile, why: string, taken: readonly SourcePart[] | undefined): void {
    const { dataset, folder } = this.surveyed;
    const parts = taken?.map(
      ({ facts: { path, sha256, content, rows } }): PlannedPart => ({
        path: joinPath(folder, path),
        sha256,
        content,
        rows,
      }),
    );
    this.#remove(file, why, file.isCompacted ? parts : undefined);
    if (!taken) return;
    const recorded = taken.map(({ parquet, facts }) => prunedPartOf(underOwnNames(dataset, parquet), facts));
    this.#pruned.set(file.path, recorded);
  }

  #remove({ path, sha256, sizeBytes, parquet }: SurveyedFile, why: string, parts?: readonly PlannedPart[]) {
    this.#removed.push({ path, sha256, sizeBytes, rows: parquet!.rowCount, why, ...(parts && { parts }) });
  }

  /** Puts parts into one file, in the folder of the newest; a file whose parts lie in two from now on is removed once. */
  pack(parts: readonly SourcePart[], bytes: Uint8Array<ArrayBuffer>): void {
    const { folder } = this.surveyed;
    const digest = sha256(bytes);
    const newest = parts.at(-1)!.place.path;
    const end = newest.lastIndexOf("/");
    const path = joinPath(newest.slice(0, end), compactedName(plainName(newest.slice(end + 1)), digest));
    const sources = [...new Set(parts.map(({ source }) => source))];
    for (const source of sources) {
      if (this.#removed.some((file) => file.path === source.path)) continue;
      this.#remove(source, `its rows are in ${path.slice(folder.length + 1)}`);
    }
    const rows = parts.reduce((sum, { facts }) => sum + facts.rows, 0);
    const from = sources.map((source) => source.path);
    this.#outputs.push({ path, sha256: digest, sizeBytes: bytes.byteLength, rows, from });
    this.#bytes.set(path, bytes);
  }

  unpack(
    source: SurveyedFile,
    parts: readonly { readonly part: SourcePart; readonly bytes: Uint8Array<ArrayBuffer> }[],
  ): void {
    this.#remove(source, "its parts are files again");
    for (const { part, bytes } of parts) {
      const { path } = part.place;
      const [digest, sizeBytes] = [sha256(bytes), bytes.byteLength];
      this.#outputs.push({ path, sha256: digest, sizeBytes, rows: part.facts.rows, from: [source.path] });
      this.#bytes.set(path, bytes);
    }
  }

  /** @param path `null`: the whole day */
  refuse({ path, sizeBytes }: Pick<RefusedFile, "path" | "sizeBytes">, reason: string): void {
    const { dataset, date } = this.surveyed;
    this.#refused.push({ dataset: dataset.name, date, path, sizeBytes, reason });
  }

  done(): DayPlan {
    const { dataset, date, folder } = this.surveyed;
    return {
      day: { dataset: dataset.name, date, folder, remove: this.#removed, outputs: this.#outputs },
      refused: this.#refused,
      outputBytes: this.#bytes,
      pruned: this.#pruned,
    };
  }
}
