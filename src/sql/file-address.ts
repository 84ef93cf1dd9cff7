/** The address of a file below a root, as an engine reads it. */
export function fileAddress(root: string, path: string): string {
  return `${root.replace(/\/+$/, "")}/${path}`;
}
