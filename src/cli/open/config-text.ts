import { optionsOf } from "./guess.js";
import type { GuessedDataset } from "./guess-columns.js";

/** What a config is written from. */
interface ConfigToWrite {
  /** From the config's own folder. */
  readonly root: string;
  readonly timeZone: string;
  readonly guesses: readonly GuessedDataset[];
}

/** A config that defines what was guessed: loaded, it answers as the guess does. */
export function configText({ root, timeZone, guesses }: ConfigToWrite): string {
  const names = identifiers(guesses.map(({ name }) => name));
  const definitions = guesses.map((guess, i) => definitionText(guess, names[i]!));
  const used = ["defineConfig", "defineDataset", "decimal", "domainDate", "instant", "seasonStartingIn"];
  const body = definitions.join("\n");
  const imported = used.filter((name) => name === "defineConfig" || body.includes(`${name}(`));
  return `import { ${imported.join(", ")} } from "bronzestore";
import * as z from "bronzestore/zod";

// Written by "bronzestore init" from ${
    guesses.some(({ isImported }) => isImported)
      ? "a few of the largest files to import"
      : "what the folder holds: names of folders, and a few of the largest files"
  }. It is a guess;
// look at each key, at which times are whose, and at the zone whose days the folders are.
const timeZone = ${JSON.stringify(timeZone)};

${body}
export default defineConfig({
  root: ${JSON.stringify(root)},
  datasets: [${names.join(", ")}],
});
`;
}

function definitionText(guess: GuessedDataset, identifier: string): string {
  const { name, folder, key, keyHolds, columns, seasonStart } = guess;
  const { layout, ...rest } = optionsOf(guess);
  const fields = [...columns].map(([column, type]) => `    ${property(column)}: ${type}.nullable(),`);
  const options = Object.entries(rest).map(([option, value]) => `  ${option}: ${literal(value)},`);
  return [
    `const ${identifier} = defineDataset({`,
    `  name: ${JSON.stringify(name)},`,
    `  folder: ${JSON.stringify(folder)},`,
    `  layout: ${literal(layout)},`,
    "  timeZone,",
    "  schema: z.object({",
    ...fields,
    "  }),",
    `  key: ${literal(key)},${keyHolds ? "" : " // two rows of a file share it: name the columns that tell them apart"}`,
    ...options,
    ...(seasonStart === undefined ? [] : [`  season: seasonStartingIn(${seasonStart}),`]),
    '  // Each file adds to those before. Where each is a whole state: partitionIs: "snapshot".',
    "});",
    "",
  ].join("\n");
}

/** Plain data as TypeScript writes it, in one line. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, own]) => `${property(name)}: ${literal(own)}`);
  return `{ ${members.join(", ")} }`;
}

function property(name: string): string {
  // Only a computed one is a member of its own.
  if (name === "__proto__") return '["__proto__"]';
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/** Names of constants, each once: `odds_raw` is `oddsRaw`. */
function identifiers(names: readonly string[]): string[] {
  const taken = new Set(["timeZone", "z"]);
  return names.map((name) => {
    const camel = name.replaceAll(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) =>
      (next ?? "").toUpperCase(),
    );
    const plain = /^[A-Za-z]/.test(camel) ? camel[0]!.toLowerCase() + camel.slice(1) : `dataset${camel}`;
    const base = RESERVED.has(plain) ? `${plain}Dataset` : plain;
    let own = base;
    for (let i = 2; taken.has(own); i++) own = `${base}${i}`;
    taken.add(own);
    return own;
  });
}

/** What a constant of a module cannot be called, and what the config imports. */
const RESERVED = new Set(
  (
    "await break case catch class const continue debugger default delete do else enum export extends false finally for function if implements " +
    "import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void " +
    "while with yield arguments eval decimal defineConfig defineDataset domainDate instant seasonStartingIn"
  ).split(" "),
);
