import { defineDataset, domainDate, instant, seasonStartingIn } from "bronzestore";
import * as z from "zod";
import type { AnyDataset } from "../../../src/dataset/index.js";
import type { OracleRules } from "../../oracle.js";
import { type CaseColumn, type CaseDataset, type CellType, cellOf, jsonOf } from "./case.js";
import type { RandomTree } from "./random-tree.js";

const NAME = "feed";
export const FOLDER = `bronze/${NAME}`;

/** The columns that a tree declares, in this order. `note` is one that some files have and nobody declares. */
export function columnsOf({ names, playerType }: Pick<RandomTree, "names" | "playerType">): CaseColumn[] {
  const column = (name: string, type: CellType): CaseColumn => ({ name, type });
  return [
    column(names.game, "text"),
    column("player", playerType),
    column("status", "text"),
    column("price", "double"),
    column(names.odd, "text"),
    column("report_ts", "instant"),
    column("as_of_ts", "instant"),
    column("ingested_ts", "instant"),
    column("run_id", "text"),
  ];
}
export const NOTE: CaseColumn = { name: "note", type: "double" };

/** The definition of a tree, in JSON. */
export function definitionOf(tree: RandomTree): CaseDataset {
  const { shape, rules, isNaive } = tree;
  const columns = columnsOf(tree);
  const isSnapshot = rules.meaning === "snapshot";
  return {
    name: NAME,
    folder: FOLDER,
    layout: { history: shape.history, latest: shape.latest ?? null },
    timeZone: "America/New_York",
    seasonStartsIn: [...shape.history, shape.latest].some((text) => text?.includes("{season}")) ? 8 : null,
    files: shape.files ?? null,
    state: isSnapshot ? (shape.state ?? null) : null,
    columns,
    key: rules.key,
    partitionIs: rules.meaning,
    scope: isSnapshot ? rules.scope : [],
    snapshotTime: rules.snapshotTime ?? null,
    date: shape.isDated ? "report_ts" : null,
    misfiled: null,
    hour: shape.hour ? "report_ts" : null,
    timestamps: {
      asOf: rules.asOf,
      ingested: rules.ingested,
      earliest: rules.earliest === undefined ? null : String(rules.earliest),
      maxLead: rules.maxLead === undefined ? null : String(rules.maxLead),
      unreliable: rules.unreliable ?? false,
      fallback: rules.fallback,
      naive: isNaive ? "utc" : null,
    },
    tombstone: rules.tombstone
      ? Object.fromEntries(Object.entries(rules.tombstone).map(([name, cells]) => [name, cells.map(jsonOf)]))
      : null,
    aliases: rules.aliases ?? null,
  };
}

const SCHEMAS = {
  text: () => z.string(),
  int: () => z.int(),
  bigint: () => z.bigint(),
  double: () => z.number(),
  bool: () => z.boolean(),
  date: domainDate,
  instant,
} as const satisfies Record<CellType, () => z.ZodType>;

/** The library's own definition of what JSON says. */
export function datasetOf(said: CaseDataset): AnyDataset {
  const { layout, timestamps, tombstone, columns } = said;
  const { asOf, ingested, earliest, maxLead, unreliable, fallback, naive } = timestamps;
  const typeOf = (name: string) => columns.find((column) => column.name === name)!.type;
  const given = (options: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null && value !== undefined));
  return defineDataset({
    name: said.name,
    folder: said.folder,
    layout: given({
      ...(layout.history.length > 0 && { history: layout.history }),
      latest: layout.latest,
    }),
    timeZone: said.timeZone,
    schema: z.object(Object.fromEntries(columns.map(({ name, type }) => [name, SCHEMAS[type]().nullable()]))),
    key: said.key,
    ...given({
      season: said.seasonStartsIn && seasonStartingIn(said.seasonStartsIn),
      files: said.files,
      state: said.state,
      partitionIs: said.partitionIs,
      snapshotTime: said.snapshotTime,
      date: said.date && { from: said.date },
      misfiled: said.misfiled,
      hour: said.hour && { from: said.hour },
      aliases: said.aliases,
    }),
    ...(said.partitionIs === "snapshot" && { scope: said.scope }),
    timestamps:
      asOf === null
        ? { asOf: null, ...given({ ingested, naive }) }
        : given({
            asOf,
            ingested,
            earliest: earliest && { epochNanoseconds: BigInt(earliest) },
            maxLead: maxLead && { nanoseconds: Number(maxLead) },
            unreliable,
            fallback,
            naive,
          }),
    ...(tombstone && {
      tombstone: Object.fromEntries(
        Object.entries(tombstone).map(([name, cells]) => [
          name,
          cells.map((cell) => cellOf(typeOf(name), cell)),
        ]),
      ),
    }),
  } as never) as AnyDataset;
}

/** Scope columns, those of the path too. */
function fullScope({ shape, rules }: Pick<RandomTree, "shape" | "rules">): readonly string[] {
  return rules.meaning === "snapshot" ? [...new Set([...rules.scope, ...shape.pathColumns])] : [];
}

/** The rules with what the layout adds to them. */
export function rulesOfTree(tree: Pick<RandomTree, "shape" | "rules">): OracleRules {
  return { ...tree.rules, scope: fullScope(tree) };
}
