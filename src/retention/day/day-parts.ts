import { readPartFacts } from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import { isBronzeError } from "../../errors.js";
import { comparePartPlaces, type SourcePart, sourceParts } from "./pack-parts.js";
import type { SurveyedDay, SurveyedFile } from "./survey-day.js";

/** A part of a day's history: a file, or what was one before it was compacted. */
export interface DayPart {
  readonly source: SurveyedFile;
  /** Where it lies or lay. */
  readonly place: SourcePart["place"];
  readonly sizeBytes: number;
  /** SHA-256 of the bytes it has or had. */
  readonly sha256: string;
  /** Whether it was made from files of which nothing is known (0.1). */
  readonly isMixed: boolean;
  /** Its rows and facts; `undefined` where nobody can read them. Of a loose file its content is computed. */
  stored(): SourcePart | undefined;
}

/** The parts of a day's files, in partition order. */
export function partsOfDay({ dataset, files }: Pick<SurveyedDay, "dataset" | "files">): DayPart[] {
  const parts = files.flatMap((source): DayPart[] => {
    const isOne = !source.isCompacted || !source.parquet || readPartFacts(source.parquet)?.version !== 2;
    if (isOne) return [fileAsPart(dataset, source)];
    return sourceParts(dataset, source).map((part) => ({
      source,
      place: part.place,
      sizeBytes: part.facts.size_bytes,
      sha256: part.facts.sha256,
      isMixed: false,
      stored: () => part,
    }));
  });
  return parts.sort(comparePartPlaces);
}

function fileAsPart(dataset: AnyDataset, source: SurveyedFile): DayPart {
  const { sizeBytes, sha256, isCompacted: isMixed } = source;
  let known: { readonly part: SourcePart | undefined } | undefined;
  const stored = () => {
    known ??= { part: isMixed ? undefined : readableOf(dataset, source) };
    return known.part;
  };
  return { source, place: source, sizeBytes, sha256, isMixed, stored };
}

function readableOf(dataset: AnyDataset, source: SurveyedFile): SourcePart | undefined {
  try {
    return source.parquet && sourceParts(dataset, source)[0];
  } catch (error) {
    if (isBronzeError(error)) return undefined; // what nobody can read is needed by every question
    throw error;
  }
}
