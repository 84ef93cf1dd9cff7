import {
  type ColumnToWrite,
  type ColumnType,
  columnFromCells,
  encodeParquet,
} from "../../../src/table/index.js";
import { formatInstant } from "../../../src/time/index.js";
import {
  type Form,
  INSTANT_TEXTS,
  INT96,
  inUnit,
  NAIVE_TEXT,
  node,
  TEXT,
  type Unit,
} from "../../bronze/foreign-forms.js";
import type { OracleRow } from "../../oracle.js";
import { CONVERTED, foreignFile, type Node } from "../../table/foreign-file.js";
import type { CellType } from "./case.js";
import { columnsOf, NOTE } from "./define.js";
import type { RandomTree, TreeFile } from "./random-tree.js";

/** The forms in which another writer stores instants. */
function formsOf({ precision, isNaive, hasOldForms }: RandomTree): readonly Form[] {
  const units = ({ ns: ["ns"], us: ["us", "ns"], ms: ["ms", "us", "ns"] } as const)[precision];
  const some = (utc: boolean) => units.map((unit: Unit) => inUnit(unit, utc));
  const texts = precision === "ms" && hasOldForms ? INSTANT_TEXTS : [];
  if (!isNaive) return [...some(true), ...texts];
  const naive = hasOldForms ? [INT96, ...(precision === "ms" ? [NAIVE_TEXT] : [])] : [];
  return [...some(false), ...naive, ...some(true), ...texts];
}

/** The bytes of a file as its writer leaves it. */
export function bytesOf(tree: RandomTree, file: TreeFile): Uint8Array {
  const { form, rows } = file;
  const inPath = new Set(tree.shape.pathColumns);
  const hasNote = rows.some(({ note }) => note !== null);
  const isUnknown = (name: string) => rows.length > 0 && rows.every((row) => row[name] === null);
  const isLeftOut = (name: string) =>
    inPath.has(name) || (form.leavesOut && !tree.rules.key.includes(name) && isUnknown(name));
  const columns = [...columnsOf(tree), ...(hasNote ? [NOTE] : [])].filter(({ name }) => !isLeftOut(name));
  const nameOf = (name: string) => (form.underAlias && tree.rules.aliases?.[name]?.[0]) || name;
  return form.writer === "library" ? own(tree, file, columns, nameOf) : others(tree, file, columns, nameOf);
}

type Columns = ReturnType<typeof columnsOf>;

/** Whether a file has a column of numbers as integers. */
function isInteger({ rows, form }: TreeFile, name: string): boolean {
  return form.numbers === "narrow" && rows.every((row) => row[name] === null || Number.isInteger(row[name]));
}

const OWN: Record<CellType, ColumnType> = {
  text: { kind: "text" },
  int: { kind: "int", bits: 64, signed: true },
  bigint: { kind: "int", bits: 64, signed: true },
  double: { kind: "float", bits: 64 },
  bool: { kind: "bool" },
  date: { kind: "date" },
  instant: { kind: "timestamp", unit: "ns", utc: true },
};

/** As the library writes, with what a snapshot declares in the footer; a double may be an integer in a file of before. */
function own(
  tree: RandomTree,
  file: TreeFile,
  columns: Columns,
  nameOf: (name: string) => string,
): Uint8Array {
  const { rows, snapshotTime, snapshotIngested, covers = [] } = file;
  const written = columns.map(({ name, type }): ColumnToWrite => {
    const isNarrow = type === "double" && isInteger(file, name);
    const cells = rows.map((row) =>
      isNarrow && row[name] !== null ? BigInt(row[name] as number) : row[name],
    );
    return {
      name: nameOf(name),
      nullable: true,
      column: columnFromCells(OWN[isNarrow ? "bigint" : type], cells),
    };
  });
  const footer = new Map<string, string>();
  if (snapshotTime !== undefined) footer.set("bronzestore.snapshot_ts", formatInstant(snapshotTime));
  if (snapshotIngested !== undefined)
    footer.set("bronzestore.snapshot_ingested_ts", formatInstant(snapshotIngested));
  if (covers.length > 0)
    footer.set(
      "bronzestore.covers",
      JSON.stringify(covers, (_, cell) => (typeof cell === "bigint" ? String(cell) : cell)),
    );
  const names = new Set(written.map(({ name }) => name));
  const key = tree.rules.key.every((name) => names.has(name)) ? tree.rules.key : [];
  return encodeParquet(written, footer, key);
}

/** As any other program writes: each column in one of the forms there are. */
function others(
  tree: RandomTree,
  file: TreeFile,
  columns: Columns,
  nameOf: (name: string) => string,
): Uint8Array {
  const { rows, form } = file;
  const forms = formsOf(tree);
  const stored = columns.map(({ name, type }, i) => {
    const leaf = leafOf(type, isInteger(file, name), forms[(form.instants + i) % forms.length]!);
    return { from: name, node: node(nameOf(name), leaf.leaf), stored: leaf.stored };
  });
  const raw = rows.map((row) =>
    Object.fromEntries(
      stored.map(({ from, node, stored }) => [
        node.name,
        row[from] === null || row[from] === undefined ? null : stored(row[from]),
      ]),
    ),
  );
  const half = Math.ceil(raw.length / 2);
  const groups = form.isCut && raw.length > 1 ? [raw.slice(0, half), raw.slice(half)] : [raw];
  const nodes = stored.map(({ node }) => node);
  return foreignFile(nodes, groups, { pages: form.pages, codec: form.codec });
}

function leafOf(
  type: CellType,
  isNarrow: boolean,
  instants: Form,
): { readonly leaf: Partial<Node>; stored(cell: NonNullable<OracleRow[string]>): unknown } {
  switch (type) {
    case "text":
      return { leaf: TEXT, stored: (cell) => cell };
    case "int":
      return isNarrow
        ? { leaf: { type: "INT32" }, stored: (cell) => cell }
        : { leaf: { type: "INT64" }, stored: (cell) => BigInt(cell as number) };
    case "bigint":
      return { leaf: { type: "INT64" }, stored: (cell) => cell };
    case "double":
      return isNarrow
        ? { leaf: { type: "INT64" }, stored: (cell) => BigInt(cell as number) }
        : { leaf: { type: "DOUBLE" }, stored: (cell) => cell };
    case "bool":
      return { leaf: { type: "BOOLEAN" }, stored: (cell) => cell };
    case "date":
      return {
        leaf: { type: "INT32", converted: CONVERTED.DATE },
        stored: (cell) => Date.parse(cell as string) / 86_400_000,
      };
    case "instant":
      return { leaf: instants.leaf, stored: (cell) => instants.stored(cell as bigint) };
    default:
      return type satisfies never;
  }
}
