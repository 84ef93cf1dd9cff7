import type { Frame } from "../frame/frame.js";
import { type RowReader, rowReader } from "../frame/row-reader.js";
import { encodeKeys, type KeyCodes } from "./key-codes.js";
import { type KeyFinder, keyFinder } from "./key-finder.js";
import type { Question, Versions } from "./select.js";
import { endsAtOf } from "./version-index.js";
import { type FindEnds, versionsFor } from "./versions.js";

/** A frame and what every question to it needs, made once. */
export interface IndexedFrame {
  readonly frame: Frame;
  readonly keys: KeyCodes;
  readonly reader: RowReader;
  /** The versions that answer a question. */
  readonly versionsFor: (question: Pick<Question, "knownBy">) => Versions;
  /** Finds keys by their values in some key columns, in that order; kept for the next question. */
  keysBy(on: readonly string[]): KeyFinder;
}

/** Makes ready what questions to a frame need. */
export function indexedFrame(frame: Frame, findEnds: FindEnds = endsAtOf): IndexedFrame {
  const { key } = frame.dataset;
  const keys = encodeKeys(frame, key);
  const reader = rowReader(frame);
  const finders = new Map<string, KeyFinder>();
  return {
    frame,
    keys,
    reader,
    versionsFor: versionsFor(frame, keys, reader, findEnds),
    keysBy(on) {
      const positions = on.map((column) => key.indexOf(column));
      const id = positions.join();
      let finder = finders.get(id);
      if (!finder) {
        finder = keyFinder(keys, positions);
        finders.set(id, finder);
      }
      return finder;
    },
  };
}
