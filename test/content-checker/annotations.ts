import { foreignFile, type Node } from "../table/foreign-file.js";
import { i32, struct, type Thrift, text } from "../table/thrift-tree.js";

/** A spelling in content digests, and what a schema says for it: in the words of docs/manifest.md, and in Parquet. */
export interface Annotation {
  readonly spelling: string | null;
  /** A `LogicalType`, in words. */
  readonly newer?: string;
  readonly logical?: Thrift;
  /** Names of `ConvertedType`. */
  readonly older?: readonly string[];
  /** Of a leaf it can annotate. */
  readonly leaf: Pick<Node, "type" | "length" | "precision" | "scale">;
}

const nothingMore = (field: number) => struct({ [field]: struct({}) });
const BYTES = { type: "BYTE_ARRAY" } as const;
const INT32 = { type: "INT32" } as const;
const INT64 = { type: "INT64" } as const;
const fixed = (length: number) => ({ type: "FIXED_LEN_BYTE_ARRAY", length }) as const;

const times = (kind: "TIME" | "TIMESTAMP"): Annotation[] =>
  (["MILLIS", "MICROS", "NANOS"] as const).flatMap((unit, i) =>
    [true, false].map((utc): Annotation => {
      const older = utc && unit !== "NANOS" ? [`${kind}_${unit}`] : undefined;
      return {
        spelling: `${kind}(${unit}, ${utc ? "UTC" : "local"})`,
        newer: `\`${kind}\` in \`${unit}\`, ${utc ? "" : "not "}adjusted to UTC`,
        logical: struct({
          [kind === "TIME" ? 7 : 8]: struct({ 1: { bool: utc }, 2: nothingMore(i + 1) }),
        }),
        ...(older && { older }),
        leaf: kind === "TIME" && unit === "MILLIS" ? INT32 : INT64,
      };
    }),
  );

const integers = ([8, 16, 32, 64] as const).flatMap((bits) =>
  [true, false].map((signed): Annotation => {
    const name = `${signed ? "INT" : "UINT"}`;
    return {
      spelling: signed && bits >= 32 ? null : `${name}(${bits})`,
      newer: `\`INTEGER\` of ${bits} bits, ${signed ? "" : "not "}signed`,
      logical: struct({ 10: struct({ 1: { raw: Uint8Array.of(bits), type: 3 }, 2: { bool: signed } }) }),
      older: [`${name}_${bits}`],
      leaf: bits === 64 ? INT64 : INT32,
    };
  }),
);

/** All there are, in the order of the page's table. */
export const ANNOTATIONS: readonly Annotation[] = [
  { spelling: "STRING", newer: "`STRING`", logical: nothingMore(1), older: ["UTF8"], leaf: BYTES },
  { spelling: "MAP", newer: "`MAP`", logical: nothingMore(2), older: ["MAP", "MAP_KEY_VALUE"], leaf: INT32 },
  { spelling: "LIST", newer: "`LIST`", logical: nothingMore(3), older: ["LIST"], leaf: INT32 },
  { spelling: "ENUM", newer: "`ENUM`", logical: nothingMore(4), older: ["ENUM"], leaf: BYTES },
  {
    spelling: "DECIMAL(9, 2)",
    newer: "`DECIMAL` of precision 9 and scale 2",
    logical: struct({ 5: struct({ 1: i32(2), 2: i32(9) }) }),
    older: ["DECIMAL"],
    leaf: { ...INT32, precision: 9, scale: 2 },
  },
  { spelling: "DATE", newer: "`DATE`", logical: nothingMore(6), older: ["DATE"], leaf: INT32 },
  ...times("TIME"),
  ...times("TIMESTAMP"),
  ...integers,
  { spelling: "NULL", newer: "`UNKNOWN`", logical: nothingMore(11), leaf: INT32 },
  { spelling: "JSON", newer: "`JSON`", logical: nothingMore(12), older: ["JSON"], leaf: BYTES },
  { spelling: "BSON", newer: "`BSON`", logical: nothingMore(13), older: ["BSON"], leaf: BYTES },
  { spelling: "UUID", newer: "`UUID`", logical: nothingMore(14), leaf: fixed(16) },
  { spelling: "FLOAT16", newer: "`FLOAT16`", logical: nothingMore(15), leaf: fixed(2) },
  { spelling: "VARIANT", newer: "`VARIANT`", logical: nothingMore(16), leaf: BYTES },
  { spelling: "INTERVAL", older: ["INTERVAL"], leaf: fixed(12) },
  {
    spelling: 'GEOMETRY("OGC:CRS84")',
    newer: "`GEOMETRY` in `OGC:CRS84`, or without a reference system",
    logical: nothingMore(17),
    leaf: BYTES,
  },
  {
    spelling: 'GEOMETRY("EPSG:4326")',
    newer: "`GEOMETRY` in `EPSG:4326`",
    logical: struct({ 17: struct({ 1: text("EPSG:4326") }) }),
    leaf: BYTES,
  },
  {
    spelling: 'GEOGRAPHY("OGC:CRS84", SPHERICAL)',
    newer: "`GEOGRAPHY` in `OGC:CRS84` or without a reference system, by `SPHERICAL` or without an algorithm",
    logical: nothingMore(18),
    leaf: BYTES,
  },
  ...["SPHERICAL", "VINCENTY", "THOMAS", "ANDOYER", "KARNEY"].map(
    (algorithm, i): Annotation => ({
      spelling: `GEOGRAPHY("EPSG:4326", ${algorithm})`,
      newer: `\`GEOGRAPHY\` in \`EPSG:4326\` by \`${algorithm}\``,
      logical: struct({ 18: struct({ 1: text("EPSG:4326"), 2: i32(i) }) }),
      leaf: BYTES,
    }),
  ),
];

/** Numbers of `ConvertedType` are places in this list. */
export const CONVERTED_TYPES: readonly string[] = [
  ...["UTF8", "MAP", "MAP_KEY_VALUE", "LIST", "ENUM", "DECIMAL", "DATE", "TIME_MILLIS", "TIME_MICROS"],
  ...["TIMESTAMP_MILLIS", "TIMESTAMP_MICROS", "UINT_8", "UINT_16", "UINT_32", "UINT_64"],
  ...["INT_8", "INT_16", "INT_32", "INT_64", "JSON", "BSON", "INTERVAL"],
];

/** A leaf for each way to write an annotation down: newer, older, and both at once, as most writers do. */
export function leavesOf({ logical, older = [], leaf }: Annotation): Node[] {
  const ways: Pick<Node, "logical" | "converted">[] = older.map((name) => ({
    converted: CONVERTED_TYPES.indexOf(name),
  }));
  if (logical) ways.push({ logical }, ...ways.map((way) => ({ ...way, logical })));
  return ways.map((way, i) => ({ name: `way_${i}`, repetition: "optional", ...leaf, ...way }));
}

/** A file with such leaves and three rows of nulls. */
export function fileOf(leaves: readonly Node[]): Uint8Array<ArrayBuffer> {
  return foreignFile(leaves, [[{}, {}], [{}]]);
}
