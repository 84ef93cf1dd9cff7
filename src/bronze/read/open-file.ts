import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { type ColumnType, openParquet, type ParquetFile } from "../../table/index.js";

/**
 * Opens a file of a dataset: its columns have the names that the dataset gives them, whatever they were called when it was
 * written. Every reader of rows or statistics opens files so, or takes one that was.
 *
 * @throws BronzeError as `openParquet`
 */
export function openFile(dataset: AnyDataset, ...file: Parameters<typeof openParquet>): ParquetFile {
  return underOwnNames(dataset, openParquet(...file));
}

/** A file whose columns have the dataset's own names. Of a file that has them already, nothing changes. */
export function underOwnNames(dataset: AnyDataset, file: ParquetFile): ParquetFile {
  if (dataset.aliases.size === 0) return file;
  const { columns, refused, nameInFile, clashes } = namesOf(dataset, file);
  if (columns === file.columns && refused === file.refused) return file;
  return {
    ...file,
    columns,
    refused,
    column(name) {
      const both = clashes.get(name);
      if (both) throw twoNames(dataset, file.path, name, both);
      return file.column(nameInFile.get(name) ?? name);
    },
    timestampRange: (name) =>
      clashes.has(name) ? undefined : file.timestampRange(nameInFile.get(name) ?? name),
    rows: (from, count) => underOwnNames(dataset, file.rows(from, count)),
    elements: (name) => file.elements(nameInFile.get(name) ?? name),
  };
}

/** What a dataset calls a column that a file stores under some name. */
export function ownNameOf({ aliases }: Pick<AnyDataset, "aliases">, stored: string): string {
  return aliases.get(stored) ?? stored;
}

/** The columns of a file by the dataset's names. */
interface OwnNames extends Pick<ParquetFile, "columns" | "refused"> {
  /** What a column is called in the file, where that is another name. */
  readonly nameInFile: ReadonlyMap<string, string>;
  /** Columns that the file has under several names, with these. */
  readonly clashes: ReadonlyMap<string, readonly string[]>;
}

/** Files of one schema share their columns, here as well: readers look at one file of each. */
const known = new WeakMap<AnyDataset, WeakMap<ParquetFile["columns"], OwnNames>>();

function namesOf(dataset: AnyDataset, { columns, refused }: ParquetFile): OwnNames {
  let ofDataset = known.get(dataset);
  if (!ofDataset) {
    ofDataset = new WeakMap();
    known.set(dataset, ofDataset);
  }
  let own = ofDataset.get(columns);
  if (!own) {
    own = renamed(dataset, { columns, refused });
    ofDataset.set(columns, own);
  }
  return own;
}

function renamed(
  dataset: AnyDataset,
  { columns, refused }: Pick<ParquetFile, "columns" | "refused">,
): OwnNames {
  const found = new Map<string, string[]>();
  for (const name of [...columns.keys(), ...refused.keys()]) {
    const own = ownNameOf(dataset, name);
    found.set(own, [...(found.get(own) ?? []), name]);
  }
  const clashes = new Map([...found].filter(([, names]) => names.length > 1));
  const nameInFile = new Map([...found].flatMap(([own, [name]]) => (name === own ? [] : [[own, name!]])));
  if (clashes.size === 0 && nameInFile.size === 0) return { columns, refused, nameInFile, clashes };
  const ownColumns = new Map<string, ColumnType>();
  const ownRefused = new Map<string, string>();
  for (const [own, names] of found) {
    const [name] = names as [string];
    const type = columns.get(name);
    if (names.length > 1) ownRefused.set(own, `the file has it as ${names.join(" and as ")}`);
    else if (type) ownColumns.set(own, type);
    else ownRefused.set(own, refused.get(name)!);
  }
  return { columns: ownColumns, refused: ownRefused, nameInFile, clashes };
}

/** The error of a file that has a column under several names. */
export function twoNames(
  dataset: AnyDataset,
  file: string,
  column: string,
  names: readonly string[],
): BronzeError {
  return new BronzeError(
    "TYPE_CLASH",
    `${file} has ${names.map((name) => `"${name}"`).join(" and ")}, which by the aliases of "${dataset.name}" are both its column "${column}". ` +
      "Take one of them out of the aliases, or out of the file.",
    { column, files: [file], names, dataset: dataset.name },
  );
}
