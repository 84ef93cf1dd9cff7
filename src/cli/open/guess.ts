import type * as zod from "zod";
import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { counted, shown } from "../../shown.js";
import { isOfTool, type Storage, splitPath } from "../../storage/index.js";
import { openParquet } from "../../table/index.js";
import { type GuessedDataset, guessColumns } from "./guess-columns.js";
import { type GuessedLayout, guessLayouts } from "./guess-layout.js";
import { library } from "./library.js";
import { sampleOfParquet } from "./sample-parquet.js";

/** All files below a root, as paths: Parquet, and others. @throws BronzeError of the storage */
async function filesBelow(storage: Storage): Promise<Record<"parquet" | "others", string[]>> {
  const found = { parquet: [] as string[], others: [] as string[] };
  const walk = async (folder: string): Promise<void> => {
    for (const { name, kind } of await storage.list(folder)) {
      if (/^[._]/.test(name) || isOfTool(name)) continue;
      const path = folder === "" ? name : `${folder}/${name}`;
      if (kind === "folder") await walk(path);
      else found[name.endsWith(".parquet") ? "parquet" : "others"].push(path);
    }
  };
  await walk("");
  return { parquet: found.parquet.sort(), others: found.others.sort() };
}

/** What to do where there is nothing to read. */
async function nothingBelow({ description }: Storage, others: readonly string[]): Promise<BronzeError> {
  const { isImportable } = await import("../../records/index.js");
  // A project has files of JSON that are no data.
  const [first, ...more] = others.filter((path) => isImportable(path) && !path.endsWith(".json"));
  const nothing = `There is no Parquet file below ${description}`;
  if (first === undefined) return new BronzeError("NOT_FOUND", `${nothing}.`);
  const { folder, name } = splitPath(first);
  const pattern = `${folder === "." ? "" : `${folder}/`}*${name.slice(name.indexOf("."))}`;
  return new BronzeError(
    "NOT_FOUND",
    `${nothing}, but ${counted(more.length + 1, "file")} that can be brought in (${first}${more.length > 0 ? ", ..." : ""}): ` +
      `bronzestore init '${pattern}' writes a config for them, and bronzestore import reads them into it.`,
  );
}

/**
 * What the datasets of a folder seem to be.
 *
 * @param options `only`: the name of the one that is needed; `top`: of one whose files lie in the root itself
 * @throws BronzeError `NOT_FOUND` where there is no Parquet file; `CORRUPT_FILE`; of the storage
 */
export async function guessDatasets(
  storage: Storage,
  { only, top }: { readonly only?: string; readonly top?: string } = {},
): Promise<GuessedDataset[]> {
  const { parquet, others } = await filesBelow(storage);
  const layouts = uniquelyNamed(guessLayouts(parquet, top));
  if (layouts.length === 0) throw await nothingBelow(storage, others);
  const wanted = layouts.filter(({ name }) => only === undefined || name === only);
  if (wanted.length === 0)
    throw new BronzeError(
      "UNKNOWN_DATASET",
      `No dataset here seems to be ${shown(only)}; there are ${layouts.map(({ name }) => name).join(", ")}.`,
    );
  return Promise.all(
    wanted.map(async (layout) => {
      const samples = await largestOf(storage, spread(layout.paths, 24));
      const files = await Promise.all(
        samples.map(async (path) => sampleOfParquet(openParquet(await storage.read(path), path))),
      );
      return guessColumns(layout, files);
    }),
  );
}

/** How many files of a dataset are looked at. */
const LOOKED_AT = 6;

/** The largest files have the most rows that a key must tell apart. */
async function largestOf(storage: Storage, paths: readonly string[]): Promise<string[]> {
  const sizes = await Promise.all(
    paths.map(async (path) => ({ path, size: (await storage.stat(path))?.sizeBytes ?? 0 })),
  );
  return sizes
    .sort((a, b) => b.size - a.size)
    .slice(0, LOOKED_AT)
    .map(({ path }) => path);
}

/** Some of a list, evenly spread; the first and the last among them. */
function spread<Thing>(all: readonly Thing[], most: number): Thing[] {
  if (all.length <= most) return [...all];
  return Array.from({ length: most }, (_, i) => all[Math.round((i * (all.length - 1)) / (most - 1))]!);
}

/** Two datasets of one name get their folders into it. */
function uniquelyNamed(layouts: readonly GuessedLayout[]): GuessedLayout[] {
  return layouts.map((layout) => {
    const { name, folder } = layout;
    if (layouts.filter((other) => other.name === name).length === 1) return layout;
    return { ...layout, name: `${folder.replaceAll(/[^A-Za-z0-9._-]/g, "-")}-${name}`.replace(/^-/, "") };
  });
}

/**
 * The definition that a guess comes to. Rows count by the day their folder names, whatever they say themselves; each file
 * adds to the ones before.
 *
 * @throws BronzeError `INVALID_DATASET` where the guess makes no sense
 */
export async function definitionOf(guess: GuessedDataset, timeZone: string): Promise<AnyDataset> {
  const lib = await library();
  const z = await import("bronzestore/zod");
  const makers: Record<string, () => unknown> = {
    "z.boolean()": () => z.boolean(),
    "z.int()": () => z.int(),
    "z.int32()": () => z.int32(),
    "z.uint32()": () => z.uint32(),
    "z.int64()": () => z.int64(),
    "z.uint64()": () => z.uint64(),
    "z.float32()": () => z.float32(),
    "z.number()": () => z.number(),
    "z.string()": () => z.string(),
    "domainDate()": () => lib.domainDate(),
    "instant()": () => lib.instant(),
  };
  const shape = [...guess.columns].map(([name, type]) => {
    const digits = /^decimal\((\d+), (\d+)\)$/.exec(type);
    const made = digits ? lib.decimal(Number(digits[1]), Number(digits[2])) : makers[type]!();
    return [name, z.nullable(made as zod.ZodType)] as const;
  });
  const { name, folder, key } = guess;
  return lib.defineDataset({
    name,
    folder,
    schema: z.object(Object.fromEntries(shape)),
    key: [...key],
    timeZone,
    ...optionsOf(guess),
    ...(guess.seasonStart !== undefined && { season: lib.seasonStartingIn(guess.seasonStart) }),
  } as never) as unknown as AnyDataset;
}

/** The options of a definition that are plain data. */
export function optionsOf(guess: GuessedDataset): Record<string, unknown> {
  const { history, latest, date, asOf, ingested, naive, isImported, aliases } = guess;
  const timed = asOf ?? (guess.columns.has(ingested) ? ingested : undefined);
  const templates = history.map((text) => (timed === undefined ? text.replace("{hour}", "*") : text));
  const isDated = templates.some((text) => /\{(?:date|year|month|day|season)\}/.test(text));
  const first = templates[0]!;
  return {
    layout:
      latest === undefined ? (templates.length === 1 ? first : templates) : { history: templates, latest },
    ...(!/\{(?:hour|run)\}/.test(first) && {
      files: isImported || first.includes("*") ? "append" : "overwritten",
    }),
    ...(isDated && date !== undefined && { date: { from: date } }),
    ...(templates.some((text) => text.includes("{hour}")) && { hour: { from: timed } }),
    ...(isDated &&
      date !== undefined &&
      guess.dateColumn === undefined &&
      !isImported && { misfiled: "read" }),
    timestamps: { asOf, ingested, ...(naive && { naive: "utc" }) },
    ...(aliases.size > 0 && {
      aliases: Object.fromEntries([...aliases].map(([name, other]) => [name, [other]])),
    }),
  };
}

/** What was guessed, one line for each thing, for people. */
export function guessText(guess: GuessedDataset, timeZone: string): string[] {
  const { name, folder, history, latest, key, keyHolds, asOf, ingested, date, naive, isImported } = guess;
  const where = (text: string) => (folder === "" ? text : `${folder}/${text}`);
  const isPath = date !== undefined && date === guess.dateColumn;
  return [
    `${name}: ${isImported ? "to be written to" : "guessed"} ${history.map(where).join(" and ")}${latest ? `, latest view ${where(latest)}` : ""}`,
    `  key ${key.join(", ")}${keyHolds ? "" : " (two rows of a file share it)"}; ` +
      `times ${asOf ?? "none"}, captured ${ingested}`,
    `  days ${date === undefined ? "none" : `by ${date}${isPath ? ", from the path" : ""}`}, in ${timeZone}` +
      `${naive ? "; instants without a zone taken for UTC" : ""}; files add up`,
  ];
}
