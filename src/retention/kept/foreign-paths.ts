/**
 * The paths that foreign manifests name. Another program writes a path from where it stands: from the root, from within
 * bronze, from the disk's root, as a URL, with backslashes. So a text names a file when it ends in the file's path, with
 * or without the first folder of that (`bronze`).
 */
export class ForeignPaths {
  /** Each end of a path, from a slash on -> who names it. */
  readonly #ends = new Map<string, string>();

  /** Adds the texts of one manifest. */
  add(texts: Iterable<string>, manifest: string): void {
    for (const text of texts)
      for (const form of formsOf(text))
        for (const end of endsOf(form)) if (!this.#ends.has(end)) this.#ends.set(end, manifest);
  }

  /** A manifest that names a file of bronze, by its path from the root. */
  namedBy(path: string): string | undefined {
    const below = path.slice(path.indexOf("/") + 1);
    return this.#ends.get(below);
  }
}

/** A text as it is, with its escapes read (`date%3D2026-01-15`), and either without what stands after a `?` or `#`. */
function formsOf(text: string): Set<string> {
  const slashed = text.trim().replaceAll("\\", "/");
  const forms = new Set([slashed, slashed.replace(/[?#].*$/s, "")]);
  for (const form of [...forms]) {
    try {
      forms.add(decodeURIComponent(form));
    } catch {
      // It has no escapes; "%" may stand in a name.
    }
  }
  return forms;
}

/** `a/b/c.parquet`, `b/c.parquet`: all but the bare name, which any folder may have. */
function* endsOf(path: string): Generator<string> {
  const parts = path.split(/\/+/).filter((part) => part !== ".");
  for (let from = 0; from < parts.length - 1; from++) yield parts.slice(from).join("/");
}
