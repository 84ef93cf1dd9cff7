import { BronzeError } from "../../errors.js";
import type { LabelColumn, PlanLabelQuery } from "../../sql/index.js";
import { type ColumnType, describeType } from "../../table/index.js";
import { boundColumn, type KnownBy, knownByNs } from "../../travel/index.js";
import type { AskedJoin } from "./plan-join.js";

/** What is asked of labels, whatever tells their days. */
export type LabelQuery = Omit<PlanLabelQuery, "groupBy">;

/** What is asked of labels. @throws BronzeError `INVALID_ARGUMENT`, `INVALID_INSTANT`, `UNKNOWN_COLUMN` */
export function labelQuery(
  { dataset, options }: AskedJoin,
  query: string,
  columns: readonly LabelColumn[],
): LabelQuery {
  const { on, cutoff, knownBy } = options;
  const has = (name: string) => columns.some((column) => column.name === name);
  const bound = boundColumn(dataset, options, has);
  for (const name of [...on, cutoff]) assertThere(columns, name);
  for (const name of on) assertMatches(dataset.columns.get(name)!.type, columns, name, dataset.name);
  for (const name of [cutoff, bound]) if (name !== undefined) assertInstant(columns, name);
  const forAll = bound === undefined && knownBy !== "cutoff" ? knownByNs(knownBy as KnownBy, 0n) : undefined;
  return {
    kind: "query",
    query,
    columns,
    isLookedAt: true,
    on,
    cutoff,
    knownBy:
      bound !== undefined
        ? { column: bound }
        : forAll !== undefined
          ? { ns: forAll }
          : knownBy === "cutoff"
            ? "cutoff"
            : null,
  };
}

/** The columns of labels that are instants, whatever their type. */
export function instantsOf(
  { dataset, options: { on } }: AskedJoin,
  { cutoff, knownBy }: LabelQuery,
): string[] {
  const bound = knownBy !== null && knownBy !== "cutoff" && "column" in knownBy ? [knownBy.column] : [];
  return [cutoff, ...bound, ...on.filter((name) => dataset.columns.get(name)!.type.kind === "timestamp")];
}

function assertThere(columns: readonly LabelColumn[], name: string): LabelColumn {
  const found = columns.find((column) => column.name === name);
  if (found) return found;
  throw new BronzeError(
    "UNKNOWN_COLUMN",
    `The query of labels has no column "${name}"; it has ${columns.map((column) => column.name).join(", ") || "none"}.`,
    { column: name },
  );
}

/** Nanoseconds since 1970 are of such a type. */
export const isInteger = (type: ColumnType | undefined) =>
  type?.kind === "int" && type.bits === 64 && type.signed;

function assertInstant(columns: readonly LabelColumn[], name: string): void {
  const { type } = assertThere(columns, name);
  if (isInteger(type) || (type?.kind === "timestamp" && type.utc)) return;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `"${name}" of the labels is ${typeText(type)}, which says no instant: have the query give an instant with its zone, or ` +
      "nanoseconds since 1970 as a 64-bit integer.",
    { column: name },
  );
}

/** Refuses values that could match nothing, which would look like absence. */
function assertMatches(
  wanted: ColumnType,
  columns: readonly LabelColumn[],
  name: string,
  dataset: string,
): void {
  const { type } = assertThere(columns, name);
  const isInstant = isInteger(type) || (type?.kind === "timestamp" && type.utc);
  const isNumber = (kind: string | undefined) => kind === "int" || kind === "float";
  const matches =
    wanted.kind === "timestamp"
      ? isInstant
      : type?.kind === wanted.kind
        ? wanted.kind !== "decimal" || (type.kind === "decimal" && type.scale === wanted.scale)
        : isNumber(type?.kind) && isNumber(wanted.kind);
  if (matches) return;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `"${name}" of the labels is ${typeText(type)}, but "${dataset}" has ${describeType(wanted)} there: it could match nothing. ` +
      "Have the query cast it.",
    { dataset, column: name },
  );
}

function typeText(type: ColumnType | undefined): string {
  return type === undefined ? "of a type that is not read" : describeType(type);
}

/** Refuses a column that says no dates. @throws BronzeError `INVALID_ARGUMENT`, `UNKNOWN_COLUMN` */
export function assertDates(columns: readonly LabelColumn[], name: string): void {
  const { type } = assertThere(columns, name);
  if (type?.kind === "text" || type?.kind === "date") return;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `"${name}" of the labels is ${typeText(type)}, which says no date: have the query give a date, or text such as 2026-01-15.`,
    { column: name },
  );
}
