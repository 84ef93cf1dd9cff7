import { firstRecords } from "../../records/index.js";
import { bytesOfInput, type InputFile, inputFiles, splitPath } from "../../storage/index.js";
import { openParquet } from "../../table/index.js";
import { usage } from "../arguments/usage.js";
import { type GuessedDataset, guessColumns } from "./guess-columns.js";
import type { GuessedLayout } from "./guess-layout.js";
import { plainName } from "./names.js";
import type { Sample } from "./sample.js";
import { sampleOfParquet } from "./sample-parquet.js";
import { samplesOfText, type TextRecord } from "./sample-text.js";

/** How many files are looked at, and how many records of one that is text. */
const [FILES, RECORDS] = [6, 20_000];

/**
 * The dataset that files to be imported would make: a folder a day, to which each import adds.
 *
 * @param options `name`: its name; default: that of the files' folder, or of the first file
 * @throws BronzeError `NOT_FOUND` for a pattern that names no file; `INVALID_ARGUMENT`; of the files
 */
export async function guessImport(
  patterns: readonly string[],
  { name, delimiter }: { readonly name: string | undefined; readonly delimiter: string | undefined },
): Promise<GuessedDataset> {
  const files = await inputFiles(patterns);
  const samples = await samplesOf(files, delimiter);
  const named = new Map<string, string>();
  for (const column of new Set(samples.flatMap(({ columns }) => [...columns.keys()]))) {
    const plain = /^[A-Za-z_]\w*$/.test(column) ? column : plainName(column);
    const taken = plain === "" || [...named.values()].includes(plain);
    named.set(column, taken ? column : plain);
  }
  const guess = guessColumns(
    layoutOf(name ?? nameOf(files)),
    samples.map((sample) => renamed(sample, named)),
  );
  const aliases = new Map(
    [...named].flatMap(([column, plain]) => (plain === column ? [] : [[plain, column]])),
  );
  return { ...guess, aliases };
}

/** The largest first. */
async function samplesOf(files: readonly InputFile[], delimiter: string | undefined): Promise<Sample[]> {
  const texts: TextRecord[][] = [];
  const tables: Sample[] = [];
  const largest = [...files].sort((a, b) => b.sizeBytes - a.sizeBytes).slice(0, FILES);
  for (const { path } of largest) {
    const first = await firstRecords(path, { most: RECORDS, ...(delimiter !== undefined && { delimiter }) });
    if (!first) tables.push(sampleOfParquet(openParquet(await wholeFile(path), path)));
    else if (first.names?.length === 1 && /[;\t|]/.test(first.names[0]!))
      throw usage(
        `${path} has one column, "${first.names[0]}"; say what is between its cells: --delimiter ";".`,
      );
    else texts.push([...first.records]);
  }
  return [...samplesOfText(texts), ...tables];
}

async function wholeFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytesOfInput(path)) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}

/** Files are of their folder, `gauges/levels_20260301.csv` of `gauges`; one alone is of itself, of `levels`. */
function nameOf(files: readonly InputFile[]): string {
  const { folder, name } = splitPath(files[0]!.path);
  const own = name.replace(/\..*$/, "");
  const above = folder.split("/").reverse();
  const said = (files.length === 1 ? [own, ...above] : [...above, own]).map((part) =>
    part.replaceAll(/[^A-Za-z]+/g, "_").replaceAll(/^_|_$/g, ""),
  );
  return said.find((part) => part !== "") ?? "data";
}

function layoutOf(name: string): GuessedLayout {
  return {
    name,
    folder: `bronze/${name}`,
    history: [`date={date}/${name}.parquet`],
    latest: undefined,
    paths: [],
    dateColumn: undefined,
    pathColumns: [],
    seasonStart: undefined,
    isImported: true,
  };
}

function renamed(sample: Sample, names: ReadonlyMap<string, string>): Sample {
  const originals = new Map([...names].map(([column, plain]) => [plain, column]));
  return {
    ...sample,
    columns: new Map([...sample.columns].map(([column, type]) => [names.get(column)!, type])),
    cells: (name) => sample.cells(originals.get(name)!),
  };
}
