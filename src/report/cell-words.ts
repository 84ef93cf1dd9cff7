/** A cell as JSON has it, in words that say which cell it is: null is none of the texts that a cell can hold. */
export function cellWords(cell: unknown): string {
  if (typeof cell === "string") return cell;
  return cell === undefined || cell === null ? "∅" : JSON.stringify(cell);
}
