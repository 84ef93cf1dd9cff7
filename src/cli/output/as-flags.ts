/** A flag of a command, as far as it is another word for an option of the library. */
interface FlagOfOption {
  /** The option, where it is not called as the flag is: `columns`, or `run.id` for one inside another. */
  readonly option?: string;
  readonly placeholder?: string;
}

type Flags = Readonly<Record<string, FlagOfOption>>;

/**
 * What the library says, in the words of a command line: `onCorrupt: "skip"` is `--on-corrupt skip` there, `{ run: { id } }`
 * is `--run-id ID`. Only what a command has a flag for is said otherwise.
 *
 * @param own the flags of the command that was called
 * @param all those of every command: `fix: true` is said to whoever should call doctor
 */
export function asFlags(text: string, own: Flags, all: Flags): string {
  return text.replaceAll(BRACES_OR_NAME, (written, ofDefinition, braces, name, value) => {
    if (ofDefinition !== undefined) return written;
    if (braces !== undefined) {
      const flags = membersOf(braces)?.map((member) => flagsFor(member, own));
      return flags?.every((one) => one !== undefined) ? flags.flat().join(" ") : written;
    }
    if (/[A-Z]/.test(name) && byOption(own).has(name)) return flagText(name, value, own);
    return value === "true" && byOption(all).has(name) ? flagText(name, value, all) : written;
  });
}

const BRACES = /\{ [^{}]*(?:\{[^{}]*\}[^{}]*)*\}/;
/** `date: { from }` is of a dataset's definition; then options in braces; then one by itself, and what it is to be. */
const BRACES_OR_NAME = new RegExp(
  `(\\b(?:date|hour): ${BRACES.source})|(${BRACES.source})|(?<![\\w"'.-])([a-z]\\w*)(?:: ("[^"]*"|true\\b))?(?!["\\w(])`,
  "g",
);

/** One member of what stands in braces. */
interface Member {
  readonly name: string;
  readonly value?: string;
  readonly inner?: readonly Member[];
}

/** The members of `{ a, b: "text", c: { d } }`; `undefined` where it is anything else, such as a function. */
function membersOf(written: string): Member[] | undefined {
  const members: Member[] = [];
  let rest = written.slice(1, -1).trim();
  while (rest !== "") {
    const found = /^(\w+)(?:: ("[^"]*"|\[("[^"]*"(?:, ?"[^"]*")*)\]|true|\d+|\{[^{}]*\}))?(?:, *|$)/.exec(
      rest,
    );
    if (!found) return undefined;
    const [all, name, value, list] = found;
    const inner = value?.startsWith("{") ? membersOf(value) : undefined;
    if (value?.startsWith("{") && !inner) return undefined;
    members.push({ name: name!, ...(inner ? { inner } : value !== undefined && { value: list ?? value }) });
    rest = rest.slice(all.length);
  }
  return members;
}

/** A member as flags; `undefined` where there is none for it. */
function flagsFor({ name, value, inner }: Member, flags: Flags): string[] | undefined {
  const isKnown = byOption(flags).has(name);
  if (!inner)
    return isKnown ? [flagText(name, value ?? byOption(flags).get(name)!.placeholder, flags)] : undefined;
  // What is inside belongs to the flag itself, `--map COLUMN=NAME`, or has flags of its own.
  if (isKnown) return inner.map((one) => flagText(name, `"${one.name}"=${one.value}`, flags));
  const own = inner.map((one) => flagsFor({ ...one, name: `${name}.${one.name}` }, flags));
  return own.every((one) => one !== undefined) ? own.flat() : undefined;
}

function flagText(option: string, value: string | undefined, flags: Flags): string {
  const { flag } = byOption(flags).get(option)!;
  if (value === undefined || value === "true") return flag;
  return `${flag} ${value.replaceAll(/"([\w./:-]*)"/g, "$1").replaceAll(", ", ",")}`;
}

function byOption(flags: Flags): Map<string, { readonly flag: string; readonly placeholder?: string }> {
  const named = Object.entries(flags).map(([name, { option, placeholder }]) => {
    const flag = `--${name.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
    return [name, option, { flag, ...(placeholder !== undefined && { placeholder }) }] as const;
  });
  return new Map([
    ...named.flatMap(([name, option, flag]) => (option === undefined ? [[name, flag] as const] : [])),
    // Said of a flag, it is what the option is, whatever else is called so.
    ...named.flatMap(([, option, flag]) => (option === undefined ? [] : [[option, flag] as const])),
  ]);
}
