/** A sample of a text file of Prometheus. */
interface ReadSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Reads the text format of Prometheus, strictly: each metric once, with its help and its type before its samples, and no
 * sample twice.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 * @throws Error for anything else
 */
export function readTextFormat(text: string): ReadSample[] {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const samples: ReadSample[] = [];
  const types = new Map<string, string>();
  const seen = new Set<string>();
  let current: string | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const head = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    if (head?.[1] === "HELP") {
      current = head[2]!;
      if (types.has(current)) throw new Error(`${current} is there twice`);
      continue;
    }
    if (head) {
      if (head[2] !== current) throw new Error(`the type of ${head[2]} stands under ${current}`);
      types.set(head[2]!, head[3]!);
      continue;
    }
    const sample = readSample(line);
    if (sample.name !== current || !types.has(current)) throw new Error(`out of its place: ${line}`);
    const id = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    if (seen.has(id)) throw new Error(`twice: ${line}`);
    seen.add(id);
    samples.push(sample);
  }
  return samples;
}

function readSample(line: string): ReadSample {
  const parts = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})? (\S+)$/.exec(line);
  if (!parts) throw new Error(`no sample: ${line}`);
  const [, name, inner = "", value] = parts;
  const labels: Record<string, string> = {};
  const rest = inner.replaceAll(
    /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(,|$)/g,
    (_, label: string, quoted: string) => {
      labels[label] = quoted.replaceAll(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));
      return "";
    },
  );
  if (rest !== "" || !Number.isFinite(Number(value))) throw new Error(`no sample: ${line}`);
  return { name: name!, labels, value: Number(value) };
}
