import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands.js";
import { asFlags } from "../../src/cli/output/as-flags.js";
import { textsOfSource } from "../texts-of-source.js";

type Name = keyof typeof COMMANDS;
const flagsOf = (name: Name) => COMMANDS[name].parameters.flags ?? {};
const all = Object.assign({}, ...(Object.keys(COMMANDS) as Name[]).map(flagsOf));
const said = (text: string, name: Name) => asFlags(text, flagsOf(name), all);

/** Words of advice that no command says as a flag, and why that is right. */
const NO_FLAGS: Readonly<Record<string, string>> = {
  naive: "of a dataset's definition",
  state: "of a dataset's definition",
  files: "of a dataset's definition",
  partitionIs: "of a dataset's definition",
  status: "of a tombstone in a dataset's definition",
  warnAfter: "of a dataset's definition",
  lock: "snapshot types, of the config's gold",
  misfiled: "of a dataset's definition",
  several: "a snapshot that is written by a program",
  instants: "rows as a program takes them",
  keep: "compaction that drops runs, which a program does that has thought about it",
  prefix: "of a join, which a program makes",
  theColumn: "stands for a column of the user's",
  dates: "what a program asks",
  from: "of a dataset's definition, or what a program asks",
  into: "how a program compacts; compact says it by --undo",
  force: "pointers, and freezing again: what a program does that has thought about it",
  snapshot: "a snapshot that is written by a program",
  onHeld: "of runs, which are programs",
  run: "of runs, which are programs",
  root: "of an engine that a program gives",
  hours: "a duration as a program says it",
  type: "of a matrix, which a program takes",
  history: "of a dataset's definition",
  accessKeyId: "of a storage in the config",
};

/** Options that a text names with what they are to be: `name: "text"`, `name: true`, `{ name`. */
function optionsIn(text: string): string[] {
  const found = [
    ...text.matchAll(/(?<![\w"'.-])([a-z]\w*): (?:"[^"]+"|true\b)/g),
    ...text.matchAll(/(?<!: |\()\{ ([a-z]\w*)\b(?=[:, ])/g),
  ];
  return found.map(([, name]) => name!);
}

describe("what the library advises, on the command line", () => {
  it.each<[Name, string, string]>([
    ["show", 'read with onCorrupt: "skip" to go on', "read with --on-corrupt skip to go on"],
    ["show", "or pass acceptPruned: true to be", "or pass --accept-pruned to be"],
    ["diff", ': knownBy: "cutoff" answers without that', ": --known-by cutoff answers without that"],
    ["import", 'with { columns: { price: "The price" } }, or', 'with --map price="The price", or'],
    ["import", 'with { ignoreColumns: ["A name", "b"] }.', 'with --ignore "A name",b.'],
    ["import", 'say it: { format: "csv" }.', "say it: --files-are csv."],
    ["import", "pass { run: { id, startedAt } } to", "pass --run-id ID --run-started-at INSTANT to"],
    ["import", 'options and { id: "3f9a" }, or', "options and --id 3f9a, or"],
    ["import", 'Leave it out (onImported: "skip" leaves', "Leave it out (--on-imported skip leaves"],
    ["prune", "{ olderThan } or { before }, one", "--older-than DURATION or --before DATE, one"],
    ["show", "let doctor make it again (fix: true)", "let doctor make it again (--fix)"],
    ["emptyTrash", 'olderThan is "PT1H"', '--older-than is "PT1H"'],
  ])("is said in flags: %s", (name, text, expected) => {
    expect(said(text, name)).toBe(expected);
  });

  it.each<[Name, string]>([
    ["export", 'say date: { from: "report_ts" } in the definition'],
    ["import", "captured: { ingestedAt: ({ path }) => ... }"],
    ["import", "{ snapshot: { time, date } }"],
    ["import", 'has "onImported", which no column is made of, in a.onImported'],
    ["ls", 'read with onCorrupt: "skip" to go on'],
    ["import", "layout date={date}/hour={hour}"],
  ])("stays as it is where that is no option of the command: %s, %s", (name, text) => {
    expect(said(text, name)).toBe(text);
  });

  it("names no option that no command has a flag for, but for those that are none of a command", () => {
    const named = new Set<string>();
    for (const [file, texts] of textsOfSource())
      if (!/^(cli|report|sql)\//.test(file))
        for (const text of texts) for (const option of optionsIn(text)) named.add(option);
    const flags = new Set(
      Object.entries(all as Record<string, { readonly option?: string }>).map(
        ([name, { option }]) => option?.split(".")[0] ?? name,
      ),
    );
    expect(named.size).toBeGreaterThan(15);
    expect([...named].filter((name) => !flags.has(name) && !(name in NO_FLAGS)).sort()).toEqual([]);
    expect(Object.keys(NO_FLAGS).filter((name) => !named.has(name))).toEqual([]);
  });
});
