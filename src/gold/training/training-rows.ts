import { BronzeError } from "../../errors.js";
import { canonicalJson } from "../../json/index.js";
import { type ColumnType, describeType } from "../../table/index.js";
import type { SlateRules } from "../manifest/slate.js";
import { LabelIndex, type Labels } from "./training-labels.js";
import type { Split, TrainingManifest } from "./training-manifest.js";
import { rowsOfSlate, type SlateFeatures, unifySlates } from "./training-slates.js";

/** How to join. */
interface JoinTerms {
  readonly labels: Labels;
  readonly on: readonly string[];
  /** Slate dates, both inclusive. */
  readonly splits: { readonly trainEnd: string; readonly valEnd: string };
}

/** The rows of a training set, and the manifest's facts about them. */
export interface JoinedSlates {
  readonly slates: TrainingManifest["slates"];
  readonly keys: TrainingManifest["keys"];
  readonly features: TrainingManifest["features"]["columns"];
  readonly labels: TrainingManifest["labels"];
  readonly types: ReadonlyMap<string, ColumnType>;
  readonly rows: readonly {
    readonly slate: number;
    readonly split: Split;
    readonly row: Record<string, unknown>;
  }[];
}

/**
 * Joins the rows of slates with their labels; each row is in the same part of the split as its slate.
 *
 * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_ROWS`, `LABEL_IN_FEATURES`, `TYPE_CLASH`, `UNKNOWN_COLUMN`
 */
export async function joinSlates(
  rules: SlateRules,
  slates: readonly SlateFeatures[],
  { on, labels, splits }: JoinTerms,
): Promise<JoinedSlates> {
  const unified = unifySlates(slates);
  const keyTypes = keyTypesOf(rules, slates, unified, on);
  const featureTypes = new Map([...unified].filter(([name]) => !keyTypes.has(name)));

  const index = new LabelIndex(on);
  if (typeof labels !== "function") index.add(labels, "");
  const scopeOf = (manifest: SlateFeatures["manifest"]) =>
    typeof labels === "function" ? `${canonicalJson(manifest.slate)} ` : "";
  for (const { manifest } of slates)
    if (typeof labels === "function") index.add(await labels(manifest), scopeOf(manifest));
  const labelTypes = index.columns();
  assertNotFeatures(labelTypes, featureTypes, keyTypes);

  const rows: { slate: number; split: Split; row: Record<string, unknown> }[] = [];
  const entries = slates.map((features, slate) => {
    const { manifest } = features;
    const split = splitOf(String(manifest.slate[rules.dateKey]), splits);
    const before = rows.length;
    for (const row of rowsOfSlate(features, unified)) {
      const label = index.find(row, scopeOf(manifest));
      if (label) rows.push({ slate, split, row: { ...label, ...row } });
    }
    return {
      slate: { ...manifest.slate },
      revision: manifest.revision,
      digest: manifest.digest,
      output_sha256: manifest.output.sha256,
      snapshot_ts: manifest.snapshot_ts,
      split,
      feature_rows: features.file.rowCount,
      rows: rows.length - before,
    };
  });
  if (entries.every(({ feature_rows }) => feature_rows === 0)) {
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `A training set cannot be made: none of the ${entries.length} slates has a row.`,
    );
  }
  if (rows.length === 0 && index.count > 0) {
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `None of ${index.count} labels matches a row of features on ${on.join(", ")}. Are they written the same way (a number is not a text)?`,
      { on },
    );
  }
  return {
    slates: entries,
    keys: described(keyTypes),
    features: described(featureTypes),
    labels: { columns: described(labelTypes), rows: index.count, rows_without_features: index.unused },
    types: new Map([...keyTypes, ...featureTypes, ...labelTypes]),
    rows,
  };
}

/** The slate's keys, then the other `on` columns. */
function keyTypesOf(
  { key }: SlateRules,
  slates: readonly SlateFeatures[],
  unified: ReadonlyMap<string, ColumnType>,
  on: readonly string[],
): Map<string, ColumnType> {
  const types = new Map<string, ColumnType>();
  for (const name of key) {
    const isNumber = slates.every(({ manifest }) => typeof manifest.slate[name] === "number");
    types.set(name, isNumber ? { kind: "int", bits: 64, signed: true } : { kind: "text" });
  }
  for (const name of on) {
    if (types.has(name)) continue;
    const type = unified.get(name);
    if (!type) {
      throw new BronzeError(
        "UNKNOWN_COLUMN",
        `The slates have no column "${name}" to join labels on; they have ${[...key, ...unified.keys()].join(", ")}.`,
        { column: name },
      );
    }
    types.set(name, type);
  }
  return types;
}

function assertNotFeatures(
  labels: ReadonlyMap<string, unknown>,
  features: ReadonlyMap<string, unknown>,
  keys: ReadonlyMap<string, unknown>,
): void {
  if (labels.size === 0)
    throw new BronzeError("INVALID_ARGUMENT", "The labels have no column but those they are joined on.");
  const asFeature = [...labels.keys()].filter((name) => features.has(name));
  if (asFeature.length > 0) {
    throw new BronzeError(
      "LABEL_IN_FEATURES",
      `${asFeature.join(", ")}: columns of the labels are features too. A model would learn the answer from itself; ` +
        "take them out of the slates, or give the label another name if it is another thing.",
      { columns: asFeature },
    );
  }
  const asKey = [...labels.keys()].filter((name) => keys.has(name));
  if (asKey.length === 0) return;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `The labels have ${asKey.join(", ")}, which identify the slates; join on it too, or leave it out.`,
    { columns: asKey },
  );
}

function splitOf(date: string, { trainEnd, valEnd }: JoinTerms["splits"]): Split {
  return date <= trainEnd ? "train" : date <= valEnd ? "val" : "test";
}

function described(types: ReadonlyMap<string, ColumnType>): { name: string; type: string }[] {
  return [...types].map(([name, type]) => ({ name, type: describeType(type) }));
}
