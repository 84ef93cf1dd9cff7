import type { Io, Sink } from "../../src/cli/output/io.js";
import { run } from "../../src/cli/run.js";

/** What one command line did. */
interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Both, in the order they were written. */
  readonly both: string;
  readonly bytes: Uint8Array;
}

interface SessionOptions {
  readonly cwd: string;
  /** Width of the terminal; without one, stdout is a pipe. */
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Default: 2026-01-16T12:00:00Z. */
  readonly now?: string;
}

/** Runs one command line in this process, as `main.ts` does in one of its own. */
export async function commandLine(
  line: string,
  { cwd, columns, env = {}, now }: SessionOptions,
): Promise<Ended> {
  const chunks: { readonly to: "out" | "err"; readonly bytes: Buffer }[] = [];
  const sink = (to: "out" | "err"): Sink => ({
    isTTY: columns !== undefined,
    ...(columns !== undefined && { columns }),
    write: (chunk) => chunks.push({ to, bytes: Buffer.from(chunk as string) }),
  });
  const nowNs = BigInt(Date.parse(now ?? "2026-01-16T12:00:00Z")) * 1_000_000n;
  const io: Io = { stdout: sink("out"), stderr: sink("err"), cwd, env, clock: () => nowNs };
  const code = await run(wordsOf(line), io);
  const written = (to?: "out" | "err") =>
    Buffer.concat(chunks.filter((chunk) => !to || chunk.to === to).map(({ bytes }) => bytes));
  const named = (bytes: Buffer) => withoutProgress(bytes.toString()).replaceAll(cwd, "<tree>");
  return {
    code,
    out: named(written("out")),
    err: named(written("err")),
    both: named(written()),
    bytes: written("out"),
  };
}

const ESCAPE = String.fromCharCode(27);
const PROGRESS = new RegExp(`${ESCAPE}7[^\\n]*${ESCAPE}\\[2K`, "g");

/** What a command said, but for what it showed while it took over a second, and wiped out: how long it takes is the machine's affair. */
export function withoutProgress(text: string): string {
  return text.replaceAll(PROGRESS, "");
}

/** The words of a line, as a shell takes them: quotes keep blanks. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c!);
}

/** Command lines with their stdout, stderr and exit code, as text. */
export async function session(lines: readonly string[], options: SessionOptions): Promise<string> {
  const parts: string[] = [];
  for (const line of lines) {
    const { code, out, err } = await commandLine(line, options);
    const said = err
      .split("\n")
      .slice(0, -1)
      .map((text) => `2> ${text}\n`);
    parts.push(`$ bronzestore ${line}\n${said.join("")}${out}[exit ${code}]\n`);
  }
  return parts.join("\n");
}
