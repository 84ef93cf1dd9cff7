import type { SchemaTree } from "hyparquet/src/types.js";

/**
 * Looks at the levels of a column with lists, page by page: whether each entry that continues a list follows an entry
 * of that list. Building lists from other levels would drop values, or put them into other rows.
 *
 * @param path from the root down to the leaf
 * @returns looks at the levels of the next page; absent definition levels are all the deepest
 * @see https://github.com/apache/arrow/issues/45185
 */
export function levelCheck(
  path: readonly SchemaTree[],
): (repetition: Uint8Array, definition: Uint8Array | undefined) => void {
  // The definition level from which on a value is an element of the list of each repetition level.
  const elementFrom: number[] = [0];
  let deepest = 0;
  for (const { element } of path.slice(1)) {
    if (element.repetition_type !== "REQUIRED") deepest++;
    if (element.repetition_type === "REPEATED") elementFrom.push(deepest);
  }
  let before = -1;
  return (repetition, definition) => {
    for (let i = 0; i < repetition.length; i++) {
      const level = repetition[i]!;
      const defined = definition ? definition[i]! : deepest;
      if (level > 0) {
        if (before < 0) {
          throw new Error(`its first repetition level is ${level}, where 0 must begin the first row`);
        }
        const least = elementFrom[level]!;
        if (before < least || defined < least) {
          throw new Error(
            `entry ${i} continues a list (repetition level ${level}) where there is none: ` +
              `definition level ${before < least ? before : defined}, at least ${least} expected`,
          );
        }
      }
      before = defined;
    }
  };
}
