import { readPartFacts } from "../../bronze/index.js";
import { isBronzeError } from "../../errors.js";
import { contentSchema, keyText } from "../../table/index.js";
import type { Draft } from "./day-draft.js";
import { comparePartPlaces, fileOfPart, packParts, type SourcePart, sourceParts } from "./pack-parts.js";
import { columnsOf, isOfRun } from "./run-of-place.js";
import type { SurveyedFile } from "./survey-day.js";

/** Writes the parts of a compacted file as files again, each where it lay. */
export function unpack(draft: Draft, file: SurveyedFile): void {
  const { files, dataset } = draft.surveyed;
  if (!file.isCompacted || readPartFacts(file.parquet!)?.version !== 2) return;
  const parts = sourceParts(dataset, file);
  const paths = parts.map(({ place }) => place.path);
  const twice = paths.find(
    (path, i) => paths.indexOf(path) !== i || files.some((other) => other.path === path),
  );
  if (twice !== undefined) {
    draft.refuse(file, `${twice} would be there twice, and nothing is overwritten`);
    return;
  }
  const unpacked: { part: SourcePart; bytes: Uint8Array<ArrayBuffer> }[] = [];
  for (const part of parts) {
    const bytes = fileOfPart(part);
    if (bytes) unpacked.push({ part, bytes });
    else {
      draft.refuse(file, `its part ${part.place.path} cannot be written back value for value`);
      return;
    }
  }
  draft.unpack(file, unpacked);
}

/** Hours and runs do not share a file, for a reader can leave runs out; nor do parts of other columns, or schemas. */
export function packByKind(draft: Draft, files: readonly SurveyedFile[]): void {
  for (const kind of new Set(files.map(kindOf).sort())) {
    const own = files.filter((file) => kindOf(file) === kind);
    if (own.length < 2) continue; // nothing to lie in one file with, or there already
    const schemas = new Map<string, SourcePart[]>();
    for (const file of own) {
      const parts = partsOf(draft, file);
      if (parts.length === 0) continue;
      const schema = contentSchema(parts[0]!.parquet.stored);
      schemas.set(schema, [...(schemas.get(schema) ?? []), ...parts]);
    }
    for (const parts of schemas.values()) packAll(draft, parts.sort(comparePartPlaces));
  }
}

function kindOf(file: SurveyedFile): string {
  return keyText([isOfRun(file) ? "run" : "hour", ...columnsOf(file)]);
}

/** The parts of a file; none of one that stays as it is. */
function partsOf(draft: Draft, file: SurveyedFile): readonly SourcePart[] {
  if (file.isCompacted && readPartFacts(file.parquet!)?.version !== 2) {
    draft.refuse(file, "an earlier version compacted it, and did not keep what each of its files declared");
    return [];
  }
  try {
    return sourceParts(draft.surveyed.dataset, file);
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    draft.refuse(file, `its rows cannot be read: ${error.message}`);
    return [];
  }
}

/** A compacted file takes parts until it would be larger than this, by what they were. */
const MOST_BYTES = 256 * 2 ** 20;

/** @param parts of one schema, in partition order */
function packAll(draft: Draft, parts: readonly SourcePart[]): void {
  let left = parts;
  for (;;) {
    const packed = cutBySize(left)
      .filter((own) => !isInOneFile(own, left))
      .map((own) => ({ own, ...packParts(own) }));
    const unwritable = packed.flatMap((one) => ("unwritable" in one ? one.unwritable : []));
    if (unwritable.length === 0) {
      for (const one of packed) if ("bytes" in one) draft.pack(one.own, one.bytes);
      return;
    }
    for (const { part, why } of unwritable) draft.refuse(part.source, why);
    const stays = new Set(unwritable.map(({ part }) => part.source));
    left = left.filter(({ source }) => !stays.has(source));
  }
}

function cutBySize(parts: readonly SourcePart[]): SourcePart[][] {
  const cuts: SourcePart[][] = [];
  let open: SourcePart[] = [];
  let sizeBytes = 0;
  for (const part of parts) {
    if (open.length > 0 && sizeBytes + part.facts.size_bytes > MOST_BYTES) {
      cuts.push(open);
      open = [];
      sizeBytes = 0;
    }
    open.push(part);
    sizeBytes += part.facts.size_bytes;
  }
  return open.length > 0 ? [...cuts, open] : cuts;
}

/** Whether parts are all that one file holds: it is what would be made of them. */
function isInOneFile([first, ...rest]: readonly SourcePart[], all: readonly SourcePart[]): boolean {
  const { source } = first!;
  if (!rest.every((part) => part.source === source)) return false;
  return all.filter((part) => part.source === source).length === rest.length + 1;
}
