import { type ColumnType, describeType } from "../../table/index.js";

/**
 * Why no engine is asked for values of a stored type under another; undefined where each reads them exactly.
 *
 * @param may what the engine can besides
 */
export function refusedByAll(
  stored: ColumnType,
  wanted: ColumnType,
  may: { readonly lists: boolean },
): string | undefined {
  const no = `${describeType(stored)} read as ${describeType(wanted)}`;
  switch (stored.kind) {
    case "null":
      return undefined;
    case "bool":
    case "bytes":
    case "text":
      return wanted.kind === stored.kind ? undefined : no;
    case "int":
      return wanted.kind === "int" || wanted.kind === "float" ? undefined : no;
    case "float":
      if (wanted.kind === "int") return undefined;
      return wanted.kind === "float" && wanted.bits >= stored.bits ? undefined : no;
    case "timestamp":
      return wanted.kind === "timestamp" && wanted.utc === stored.utc ? undefined : no;
    case "date":
      return wanted.kind === "date" || wanted.kind === "text" ? undefined : no;
    case "decimal":
      return wanted.kind === "decimal" && wanted.scale === stored.scale ? undefined : no;
    case "list":
      return may.lists &&
        wanted.kind === "list" &&
        isPlain(wanted.item) &&
        describeType(stored) === describeType(wanted)
        ? undefined
        : no;
    case "time":
    case "nested":
      return no;
    default:
      return stored satisfies never;
  }
}

function isPlain({ kind }: ColumnType): boolean {
  return kind === "bool" || kind === "int" || kind === "float" || kind === "text";
}
