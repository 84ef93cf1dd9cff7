import { fileURLToPath } from "node:url";
import ts from "typescript";

/** An object of named options that an entry point takes: the argument itself, or one inside it. */
export interface OptionLevel {
  /** Which argument, from 0, and the way to the level inside it; `[]` of a list means each item. */
  readonly argument: number;
  readonly path: readonly string[];
  /** Name of the type, or its text. */
  readonly type: string;
  /** Every option there is. */
  readonly names: readonly string[];
}

/** A function or method that a user of the library can call. */
interface EntryPoint {
  /** `GoldStore.freeze`, `withRun`, `new BronzeStore`. */
  readonly name: string;
  readonly parameters: readonly string[];
  readonly levels: readonly OptionLevel[];
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Every function, constructor and method that the library and its engines let out, by what the compiler says of its exports: those of
 * classes, of interfaces and of plain objects. What is marked `@internal`, and what another package declares, is none.
 *
 * @param things names of types that are handed on rather than written: nothing in them is an option
 */
export function entryPoints(things: ReadonlySet<string>): {
  entries: EntryPoint[];
  met: ReadonlySet<string>;
} {
  const config = ts.parseJsonConfigFileContent(
    ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile).config,
    ts.sys,
    root,
  );
  const paths = ["index", "engine/duckdb", "engine/clickhouse", "sql/entry"].map(
    (name) => `${root}src/${name}.ts`,
  );
  const program = ts.createProgram(paths, config.options);
  const checker = program.getTypeChecker();
  const sources = paths.map((path) => program.getSourceFile(path)!);
  const source = sources[0]!;
  const met = new Set<string>();
  const entries = new Map<string, EntryPoint>();

  const isOurs = (symbol: ts.Symbol | undefined): boolean =>
    symbol?.declarations?.some((declaration) =>
      declaration.getSourceFile().fileName.startsWith(`${root}src/`),
    ) ?? false;
  const isInternal = (symbol: { getJsDocTags(): ts.JSDocTagInfo[] }) =>
    symbol.getJsDocTags().some((tag) => tag.name === "internal");

  function add(name: string, signatures: readonly ts.Signature[]): void {
    const open = signatures.filter((signature) => !isInternal(signature));
    if (open.length === 0) return;
    const levels = new Map<string, OptionLevel>();
    let parameters: string[] = [];
    for (const signature of open) {
      const own = signature.getParameters().map((parameter) => parameter.name);
      if (own.length > parameters.length) parameters = own;
      signature.getParameters().forEach((parameter, argument) => {
        const type = checker.getTypeOfSymbolAtLocation(parameter, source);
        addLevels(levels, type, argument, [], new Set());
      });
    }
    entries.set(name, { name, parameters, levels: [...levels.values()] });
  }

  function addLevels(
    levels: Map<string, OptionLevel>,
    type: ts.Type,
    argument: number,
    path: readonly string[],
    above: ReadonlySet<string>,
  ): void {
    const parts = partsOf(type);
    const list = checker.typeToString(type);
    // JSON is a list of JSON, and so on.
    const items = above.has(list) ? [] : parts.flatMap((part) => (isList(part) ? itemsOf(part) : []));
    for (const item of items) addLevels(levels, item, argument, [...path, "[]"], new Set([...above, list]));
    const objects = parts.filter(isOptions);
    if (objects.length === 0) return;
    const key = `${argument} ${path.join(".")}`;
    const names = new Set(levels.get(key)?.names);
    for (const object of objects)
      for (const property of checker.getPropertiesOfType(object)) names.add(property.name);
    const title = checker.typeToString(objects[0]!);
    levels.set(key, { argument, path, type: title, names: [...names] });
    if (above.has(title)) return;
    for (const object of objects)
      for (const property of checker.getPropertiesOfType(object)) {
        const own = checker.getTypeOfSymbolAtLocation(property, source);
        addLevels(levels, own, argument, [...path, property.name], new Set([...above, title]));
      }
  }

  /** The members of unions and intersections of unions; a type parameter is what it is bounded by. */
  function partsOf(type: ts.Type): ts.Type[] {
    if (type.flags & ts.TypeFlags.TypeParameter) {
      const bound = checker.getBaseConstraintOfType(type);
      return bound ? partsOf(bound) : [];
    }
    return type.isUnion() ? type.types.flatMap(partsOf) : [type];
  }

  function isList(type: ts.Type): boolean {
    const name = type.symbol?.name;
    return checker.isArrayType(type) || checker.isTupleType(type) || name === "Iterable";
  }

  function itemsOf(type: ts.Type): readonly ts.Type[] {
    return checker.getTypeArguments(type as ts.TypeReference).slice(0, 1);
  }

  /** An object with names of its own that our source declares: no class, no function, no record of the user's keys. */
  function isOptions(type: ts.Type): boolean {
    if (!(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection))) return false;
    if (isList(type) || type.getCallSignatures().length > 0 || type.isClass()) return false;
    const { symbol, aliasSymbol } = type;
    if (symbol && symbol.flags & ts.SymbolFlags.Class) return false;
    if (checker.getIndexInfosOfType(type).length > 0) return false;
    const properties = checker.getPropertiesOfType(type);
    if (properties.length === 0 || !properties.every(isOurs)) return false;
    const name = [aliasSymbol?.name, symbol?.name].find((own) => own !== undefined && things.has(own));
    if (name !== undefined) met.add(name);
    return name === undefined;
  }

  function addMembers(owner: string, type: ts.Type): void {
    for (const member of checker.getPropertiesOfType(type)) {
      // `#private`, and names that are symbols.
      if (!isOurs(member) || isInternal(member) || /^#|^__/.test(member.name)) continue;
      const declared = checker.getTypeOfSymbolAtLocation(member, source);
      const signatures = partsOf(declared).flatMap((part) => part.getCallSignatures());
      if (signatures.length > 0) add(`${owner}.${member.name}`, signatures);
    }
  }

  const exports = sources.flatMap((one) => checker.getExportsOfModule(checker.getSymbolAtLocation(one)!));
  for (const exported of exports) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    if (!isOurs(symbol)) continue;
    const { name } = exported;
    if (symbol.flags & ts.SymbolFlags.Class) {
      const statics = checker.getTypeOfSymbolAtLocation(symbol, source);
      add(`new ${name}`, statics.getConstructSignatures());
      addMembers(name, checker.getDeclaredTypeOfSymbol(symbol));
    } else if (symbol.flags & ts.SymbolFlags.Value) {
      const type = checker.getTypeOfSymbolAtLocation(symbol, source);
      if (type.getCallSignatures().length > 0) add(name, type.getCallSignatures());
      else addMembers(name, type);
    } else if (symbol.flags & ts.SymbolFlags.Interface) {
      addMembers(name, checker.getDeclaredTypeOfSymbol(symbol));
    }
  }
  return { entries: [...entries.values()], met };
}
