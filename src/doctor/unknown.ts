import { VERSIONS_FOLDER } from "../bronze/index.js";
import type { AnyDataset } from "../dataset/index.js";
import { counted } from "../shown.js";
import { isVisible } from "./bronze.js";
import { check, type Examined, manual } from "./finding.js";

/** What this library keeps in a root besides datasets; other checks look into it. */
const NO_DATASETS = new Set(["gold", "runs", VERSIONS_FOLDER]);

/**
 * Data in folders of no dataset that was given, one finding a folder: in bronze and silver, and in whatever other folders
 * datasets lie side by side.
 */
export function examineUnknown(datasets: readonly AnyDataset[], all: readonly string[]): Examined {
  const folders = datasets.map(({ folder }) => `${folder}/`);
  const layers = new Set(["bronze/", "silver/", ...datasets.map(({ folder }) => layerOf(folder))]);
  const found = new Map<string, string[]>();
  let looked = 0;
  for (const path of all) {
    if (!isVisible(path) || !path.endsWith(".parquet")) continue;
    const layer = innermost(layers, path);
    if (layer === undefined) continue;
    looked++;
    if (folders.some((folder) => path.startsWith(folder))) continue;
    const [name, ...rest] = path.slice(layer.length).split("/");
    const folder = rest.length > 0 ? `${layer}${name}` : layer === "" ? "." : layer.slice(0, -1);
    const own = found.get(folder);
    if (own) own.push(path);
    else found.set(folder, [path]);
  }
  const findings = [...found].map(([folder, files]) =>
    manual(
      "unknown-dataset",
      folder,
      `It holds ${counted(files.length, "data file")} that none of the datasets given reaches, such as ${files[0]}.`,
      "Give the doctor its dataset too, or move it to where no datasets lie.",
    ),
  );
  return { findings, checks: [check("data files where datasets lie, by whose they are", looked)] };
}

/** The folder in which a dataset's lies, with its slash; "" for the root. */
function layerOf(folder: string): string {
  return folder.slice(0, folder.lastIndexOf("/") + 1);
}

/** The innermost of the layers in which a path lies; in the root only what may be a dataset. */
function innermost(layers: ReadonlySet<string>, path: string): string | undefined {
  for (let layer = layerOf(path); ; layer = layerOf(layer.slice(0, -1))) {
    if (layer === "") return layers.has("") && !NO_DATASETS.has(path.split("/")[0]!) ? "" : undefined;
    if (layers.has(layer)) return layer;
  }
}
