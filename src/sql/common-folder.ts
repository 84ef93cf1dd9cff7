/** The folder that all of some files are below. */
export function commonFolder(files: readonly string[]): string {
  const [first = ""] = files;
  let folder = first.slice(0, first.lastIndexOf("/"));
  while (!files.every((file) => file.startsWith(`${folder}/`)))
    folder = folder.slice(0, folder.lastIndexOf("/"));
  return folder;
}
