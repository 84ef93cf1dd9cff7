import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import type { Dialect, PlanColumn, PlanForm, StoredColumn } from "../../sql/index.js";
import { isWholeMicroseconds, type ParquetFile, statedWhole } from "../../table/index.js";
import { asMeant, declaredTypes } from "../read/frame-columns.js";
import type { OpenedFile } from "../read/open-parts.js";

/** Files by schema. */
interface Forms {
  readonly forms: readonly PlanForm[];
  /** The number of the form of a part's file. */
  formOf(part: OpenedFile, isWhole: boolean): number;
}

/**
 * Sorts the files of some parts by schema, so that an engine reads each column as it is stored and no unifying of its own comes
 * between.
 *
 * @throws BronzeError `ENGINE_UNSUPPORTED` for a column that the dialect cannot read exactly; `ENGINE_PRECISION`
 */
export function formsOf(dataset: AnyDataset, columns: readonly PlanColumn[], dialect: Dialect): Forms {
  const forms: (PlanForm & { readonly files: string[] })[] = [];
  const byText = new Map<string, number>();
  const seen = new Set<string>();
  return {
    forms,
    formOf(part, isWhole) {
      const { parquet, file, held } = part;
      for (const { name } of columns) assertPrecise(parquet, name, dialect);
      const names = [...parquet.columns.keys(), ...parquet.refused.keys()];
      const text = JSON.stringify([
        isWhole,
        names.map((name) => parquet.elements(name).map((element) => ({ ...element }))),
        // Two columns that a dataset knows by other names.
        names,
      ]);
      let form = byText.get(text);
      if (form === undefined) {
        form = forms.length;
        byText.set(text, form);
        assertNames(parquet, names, columns, dialect);
        forms.push({
          files: [],
          isWhole,
          stored: columns.map((column) => storedColumn(dataset, parquet, column, dialect)),
        });
      }
      const path = held?.holder.path ?? file.path;
      const why = seen.has(path) ? undefined : dialect.refusesPath(path);
      if (why !== undefined) throw unsupported(dialect, `the path ${path}: ${why}`, { file: path });
      if (!seen.has(path)) forms[form]!.files.push(path);
      seen.add(path);
      return form;
    },
  };
}

function storedColumn(
  dataset: AnyDataset,
  parquet: ParquetFile,
  { name, type }: PlanColumn,
  dialect: Dialect,
): StoredColumn | undefined {
  const found = parquet.columns.get(name);
  if (!found || type.kind === "null") return undefined;
  const [element] = parquet.elements(name);
  const why =
    element?.type === "INT96"
      ? "INT96 timestamps"
      : element?.logical_type?.type === "UUID" || element?.logical_type?.type === "BSON"
        ? element.logical_type.type
        : dialect.refuses(declaredTypes(dataset).has(name) ? asMeant(found, type, dataset) : found, type);
  if (why !== undefined)
    throw unsupported(
      dialect,
      `column "${name}" of ${parquet.path}: ${why} is not asked of it, as it may not be the same value for value. Leave the column out (columns says which are wanted), or ask the library itself`,
      { file: parquet.path, column: name },
    );
  return { name: element!.name, type: found };
}

/** Of an engine that keeps microseconds: that it loses nothing. */
function assertPrecise(parquet: ParquetFile, name: string, dialect: Dialect): void {
  const found = parquet.columns.get(name);
  if (!dialect.isMicroseconds || found?.kind !== "timestamp" || !found.utc || found.unit !== "ns") return;
  const [element] = parquet.elements(name);
  const stated = parquet.checked ? statedWhole(parquet.keyValues, element!.name) : undefined;
  if (stated ?? isWholeMicroseconds(parquet.column(name))) return;
  throw new BronzeError(
    "ENGINE_PRECISION",
    `${dialect.name} keeps microseconds, and column "${name}" of ${parquet.path} has instants between two of them. ` +
      "Ask an engine that keeps nanoseconds, the versions table (whose times are integers), or the library itself.",
    { file: parquet.path, column: name, engine: dialect.name },
  );
}

function assertNames(
  parquet: ParquetFile,
  names: readonly string[],
  columns: readonly PlanColumn[],
  dialect: Dialect,
): void {
  const stored = names.map((name) => parquet.elements(name)[0]!.name);
  const folded = (name: string) => (dialect.foldsNames ? name.toLowerCase() : name);
  const reserved = stored.find((name) => dialect.reserves(name));
  if (reserved !== undefined)
    throw unsupported(dialect, `column "${reserved}" of ${parquet.path} has a name that it uses itself`, {
      file: parquet.path,
      column: reserved,
    });
  for (const { name } of columns) {
    if (!parquet.columns.has(name)) continue;
    const own = parquet.elements(name)[0]!.name;
    const other = stored.find((one) => one !== own && folded(one) === folded(own));
    if (other !== undefined)
      throw unsupported(dialect, `columns "${own}" and "${other}" of ${parquet.path} are one column to it`, {
        file: parquet.path,
        column: own,
      });
  }
}

/** The error for what an engine cannot be asked exactly. */
export function unsupported(
  dialect: Pick<Dialect, "name">,
  what: string,
  details: Record<string, unknown>,
): BronzeError {
  return new BronzeError("ENGINE_UNSUPPORTED", `${dialect.name} cannot be asked this exactly: ${what}.`, {
    ...details,
    engine: dialect.name,
  });
}
