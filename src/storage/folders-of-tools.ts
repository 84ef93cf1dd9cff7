/**
 * Folders that package managers and version control keep in a project whose own folder is the root of a tree: many
 * thousand files, none of them of the tree.
 */
const FOLDERS_OF_TOOLS: ReadonlySet<string> = new Set(["node_modules", ".git"]);

/** Whether a folder is of a tool, by its own name. */
export function isOfTool(name: string): boolean {
  return FOLDERS_OF_TOOLS.has(name);
}
