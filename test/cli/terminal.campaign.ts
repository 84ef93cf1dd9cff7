import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectWithPackage } from "../built-package.js";
import { tempFolders } from "../storage/temp-folder.js";
import { COMMANDS } from "./command-lines.js";
import { commandLine, wordsOf } from "./session.js";
import { demoTree, foreignTree } from "./trees.js";

const tempFolder = tempFolders();
const COLUMNS = 110;
/** Each on what the ones before left. */
const CHANGES = [
  "leak-check --all",
  "freeze-due",
  "replay build.ts --all",
  "backfill --from 2026-01-15 --to 2026-01-15",
  "import schedule_raw TREE/games.csv",
  "compact odds_raw injuries_raw --before 2026-01-16 --output plan.json",
  "apply plan.json",
  "doctor",
  "restore ID",
  "prune odds_raw --before 2026-01-16 --output prune.json",
  "apply prune.json",
  "export injuries_raw --from 2026-01-15 --to 2026-01-15 --axes both",
  "init --dry-run",
];

/**
 * The built package in processes of their own: stdout in a pipe, and in a pseudo-terminal, which `script` of util-linux
 * makes, or Python's `pty` where that is not there; one of the two must be. stderr goes into a file.
 */
describe("the installed command", () => {
  let project: string;
  let main: string;
  let demo: string;
  let foreign: string;
  beforeAll(async () => {
    project = await projectWithPackage();
    main = join(project, "node_modules/bronzestore/dist/cli/main.js");
    [demo, foreign] = [tempFolder(), tempFolder()];
    await demoTree(demo);
    await foreignTree(foreign);
  });
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  const env = () => {
    const { FORCE_COLOR, ...own } = process.env;
    return { ...own, NO_COLOR: "1" };
  };
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

  function inPipe(line: string, cwd: string) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...wordsOf(line)], {
      cwd,
      env: env(),
      encoding: "utf8",
    });
    return { code: status, out: stdout.replaceAll(cwd, "<tree>"), err: stderr.replaceAll(cwd, "<tree>") };
  }

  function inTerminal(line: string, cwd: string) {
    const errors = join(tempFolder(), "stderr");
    const words = [process.execPath, main, ...wordsOf(line)].map(quoted).join(" ");
    const command = `stty cols ${COLUMNS} rows 50; ${words} 2>${quoted(errors)}`;
    const hasScript = spawnSync("script", ["--version"]).status === 0;
    const python = `import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(["sh", "-c", ${JSON.stringify(command)}])))`;
    const { status, stdout, error } = hasScript
      ? spawnSync("script", ["-qec", command, "/dev/null"], { cwd, env: env(), encoding: "utf8" })
      : spawnSync("python3", ["-c", python], { cwd, env: env(), encoding: "utf8" });
    if (error) throw error;
    const out = stdout.replaceAll("\r\n", "\n").replaceAll(cwd, "<tree>");
    return { code: status, out, err: readFileSync(errors, "utf8").replaceAll(cwd, "<tree>") };
  }

  const lines = [...COMMANDS, "--help", "show odds_raw 2026-01-15 --as-of 2026-01-15", "shwo"];

  it.each(lines)("says in a pipe and at a terminal what it says in this process: %s", async (line) => {
    const { code, out, err } = await commandLine(line, { cwd: demo });
    expect(inPipe(line, demo)).toEqual({ code, out, err });
    const shown = await commandLine(line, { cwd: demo, columns: COLUMNS, env: { NO_COLOR: "1" } });
    expect(inTerminal(line, demo)).toEqual({ code: shown.code, out: shown.out, err: shown.err });
  });

  it("changes a tree in a pipe and at a terminal as in this process", async () => {
    const ways = {
      "this process": (line: string, cwd: string) => commandLine(line, { cwd }),
      "a pipe": inPipe,
      "this process, as a terminal": (line: string, cwd: string) =>
        commandLine(line, { cwd, columns: COLUMNS, env: { NO_COLOR: "1" } }),
      "a terminal": inTerminal,
    };
    const said = new Map<string, unknown[]>();
    for (const [way, ask] of Object.entries(ways)) {
      const cwd = tempFolder();
      await demoTree(cwd);
      const codes: unknown[] = [];
      const after: unknown[] = [];
      for (const line of CHANGES) {
        const id = /"id": "([0-9a-f]{16})"/.exec(
          existsSync(join(cwd, "plan.json")) ? readFileSync(join(cwd, "plan.json"), "utf8") : "",
        )?.[1];
        const { code, out, err } = await ask(line.replace("ID", id ?? "ID").replace("TREE", cwd), cwd);
        codes.push(code);
        after.push([line, code, out, err]);
      }
      expect(codes, way).toEqual(CHANGES.map(() => 0));
      said.set(way, after);
    }
    expect(said.get("a pipe")).toEqual(said.get("this process"));
    expect(said.get("a terminal")).toEqual(said.get("this process, as a terminal"));
  });

  it.each(["ls", "show prices 2026-01-15", "show reference"])("guesses a foreign tree: %s", async (line) => {
    const { code, out, err } = await commandLine(line, { cwd: foreign });
    expect(inPipe(line, foreign)).toEqual({ code, out, err });
    const shown = await commandLine(line, { cwd: foreign, columns: COLUMNS, env: { NO_COLOR: "1" } });
    expect(inTerminal(line, foreign)).toMatchObject({ code: shown.code, out: shown.out });
  });

  it("gives a config the library that it uses itself, though another copy is installed beside the config", () => {
    const folder = tempFolder();
    mkdirSync(join(folder, "node_modules/bronzestore"), { recursive: true });
    writeFileSync(join(folder, "node_modules/bronzestore/index.js"), "throw new Error('the other copy');");
    writeFileSync(
      join(folder, "bronzestore.config.ts"),
      `import { BronzeError, defineConfig, localDisk } from "bronzestore";
import { z } from "bronzestore/zod";
const seen: string[] = [typeof z.object];
export default defineConfig({
  storage: { ...localDisk("."), list() { throw new BronzeError("STORAGE_FAILED", \`thrown by \${seen}\`); } },
  datasets: [],
});`,
    );
    const { code, err } = inPipe("runs", folder);
    expect([code, err]).toEqual([3, "bronzestore: STORAGE_FAILED: thrown by function\n"]);
  });

  it("ends quietly where its reader stops early", () => {
    const command = `${quoted(process.execPath)} ${quoted(main)} show odds_raw 2026-01-15 | head -n 1`;
    const { status, stdout, stderr } = spawnSync("sh", ["-c", command], {
      cwd: demo,
      env: env(),
      encoding: "utf8",
    });
    expect(status).toBe(0);
    expect(stdout.split("\n")).toHaveLength(2);
    expect(stderr).toBe("BronzeDay odds_raw 2026-01-15: 157 rows from 9 files (history)\n");
  });
});
