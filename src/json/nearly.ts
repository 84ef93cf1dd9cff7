/** Whether one text is the other with few characters changed, or with some lost or inserted at one place. */
export function isNearly(text: string, wanted: string): boolean {
  return sameAtEnds(text, wanted) >= MIN_SAME || distance(text, wanted) <= MAX_CHANGED;
}

/** Of the 17 to 20 characters of a format's name; "bronzestore" alone is not nearly the name. */
const MIN_SAME = 14;
const MAX_CHANGED = 5;

function sameAtEnds(text: string, wanted: string): number {
  const most = Math.min(text.length, wanted.length);
  let start = 0;
  while (start < most && text[start] === wanted[start]) start++;
  let end = 0;
  while (end < most - start && text.at(-1 - end) === wanted.at(-1 - end)) end++;
  return start + end;
}

/** How many characters must be changed, removed or inserted to make one of the other (Levenshtein). */
function distance(text: string, wanted: string): number {
  if (Math.abs(text.length - wanted.length) > MAX_CHANGED) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: wanted.length + 1 }, (_, i) => i);
  for (const [i, character] of [...text].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...wanted].entries()) {
      const swapped = row[j]! + (character === other ? 0 : 1);
      next.push(Math.min(swapped, row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return row[wanted.length]!;
}
