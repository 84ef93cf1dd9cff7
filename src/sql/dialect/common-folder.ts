/** The folder that all of some files are below. */
export function commonFolder(files: readonly string[]): string {
  const [first = ""] = files;
  let folder = first.slice(0, first.lastIndexOf("/"));
  while (!files.every((file) => file.startsWith(`${folder}/`)))
    folder = folder.slice(0, folder.lastIndexOf("/"));
  return folder;
}

/** Some files as one pattern that lists them. */
export function listPattern(files: readonly string[]): string {
  if (files.length === 1) return files[0]!;
  const folder = commonFolder(files);
  return `${folder}/{${files.map((file) => file.slice(folder.length + 1)).join(",")}}`;
}
