/**
 * A template matched the long way: every length for every hole, no patterns; nothing is shared with `src`. A token's text
 * is looked at alone.
 */
export function matches(template: string, path: string): Record<string, string> | undefined {
  if (path.split("/").some((name) => name.startsWith(".") || name.startsWith("_"))) return undefined;
  const plain = path.replace(/\.(part-\d{6,}|compacted-[0-9a-f]{16})\.parquet$/, ".parquet");
  // Trees of 0.1: below a partition of hours or runs a literal name stands for any.
  const open = template.replace(/(^|\/)(hour=\{hour\}|run_ts=\{run\})\/[^/{}*]*$/, "$1$2/*.parquet");
  return walk(atomsOf(open), plain, {});
}

/** A template's tokens, stars and single characters. */
export function atomsOf(template: string): string[] {
  return template.match(/\*\*\/|\*|\{[^}]*\}|[^{}*]/g)!;
}

/** `date` for `{date:YYYYMMDD}`; `undefined` for what is no token. */
export function tokenOf(atom: string): string | undefined {
  return atom.length > 1 && atom.startsWith("{") ? atom.slice(1, -1).split(":")[0]! : undefined;
}

function walk(
  atoms: string[],
  rest: string,
  known: Record<string, string>,
): Record<string, string> | undefined {
  const [atom, ...after] = atoms;
  if (atom === undefined) return rest === "" ? known : undefined;
  if (atom === "**/") {
    const found = walk(after, rest, known);
    if (found) return found;
    const slash = rest.indexOf("/");
    return slash < 0 ? undefined : walk(atoms, rest.slice(slash + 1), known);
  }
  if (atom.length === 1 && atom !== "*")
    return rest.startsWith(atom) ? walk(after, rest.slice(1), known) : undefined;
  for (let length = atom === "*" ? 0 : 1; length <= rest.length; length++) {
    const text = rest.slice(0, length);
    if (text.includes("/")) return undefined;
    if (atom === "*") {
      const found = walk(after, rest.slice(length), known);
      if (found) return found;
      continue;
    }
    const name = tokenOf(atom)!;
    const value = meant(name, text);
    if (value === undefined || (known[name] ?? value) !== value) continue;
    const found = walk(after, rest.slice(length), { ...known, [name]: value });
    if (found) return found;
  }
  return undefined;
}

function meant(name: string, text: string): string | undefined {
  const digits = (least: number, most: number) => {
    const isNumber = text.length <= 2 && [...text].every((c) => c >= "0" && c <= "9");
    return isNumber && Number(text) >= least && Number(text) <= most ? `0${text}`.slice(-2) : undefined;
  };
  switch (name) {
    case "date": {
      const iso = text.length === 8 ? `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}` : text;
      const time = Date.parse(`${iso}T00:00:00Z`);
      return iso.length === 10 && !Number.isNaN(time) && new Date(time).toISOString().startsWith(iso)
        ? iso
        : undefined;
    }
    case "year":
      return text.length === 4 && String(Number(text)) === text ? text : undefined;
    case "month":
      return digits(1, 12);
    case "day":
      return digits(1, 31);
    case "hour":
      return digits(0, 23);
    case "season": {
      const [start, end, more] = text.split("-");
      if (more !== undefined || start!.length !== 4 || String(Number(start)) !== start) return undefined;
      return end === undefined || end === String(Number(start) + 1).slice(2) ? start : undefined;
    }
    default:
      return text;
  }
}
