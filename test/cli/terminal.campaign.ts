import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { s3Storage } from "bronzestore";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS as COMMAND_LIST } from "../../src/cli/commands.js";
import type { ReportData } from "../../src/report/page/data.js";
import { builtChild } from "../built-child.js";
import { projectWithPackage } from "../built-package.js";
import { ask, openLink } from "../report/ask-server.js";
import { tempFolders } from "../storage/temp-folder.js";
import { COMMANDS, LOCK } from "./command-lines.js";
import { commandLine, withoutProgress, wordsOf } from "./session.js";
import { demoConfig, demoTree, foreignTree } from "./trees.js";

const tempFolder = tempFolders();
const COLUMNS = 110;
/** Each on what the ones before left. */
const CHANGES = [
  "leak-check --all",
  "freeze-due",
  "replay build.ts --all",
  "backfill --from 2026-01-15 --to 2026-01-15",
  "training-set v1 labels.ts --from 2026-01-15 --to 2026-01-15 --snapshot lock --on game_id --train-end 2026-01-15 --val-end 2026-01-16",
  "import schedule_raw TREE/games.csv",
  "compact odds_raw injuries_raw --before 2026-01-16 --output plan.json",
  "apply plan.json",
  "doctor",
  "restore ID",
  "prune odds_raw --before 2026-01-16 --output prune.json",
  "apply prune.json",
  "export injuries_raw --from 2026-01-15 --to 2026-01-15 --axes both",
  "report -o page.html",
];
/** Commands that do not end by themselves, or are of a folder whatever holds its tree: they have tests of their own. */
const OTHERS = ["init", "ui"];

/**
 * The built package in processes of their own: stdout in a pipe, and in a pseudo-terminal, which `script` of util-linux
 * makes, or Python's `pty` where that is not there; one of the two must be. stderr goes into a file. Trees lie on a disk, and on
 * the double of a server of S3, which is a process on loopback.
 */
describe("the installed command", () => {
  let project: string;
  let main: string;
  let foreign: string;
  let server: ChildProcess;
  let endpoint: string;
  const serverFile = builtChild(new URL("../storage/children/s3-server.ts", import.meta.url));
  beforeAll(async () => {
    project = await projectWithPackage();
    main = join(project, "node_modules/bronzestore/dist/cli/main.js");
    foreign = tempFolder();
    await foreignTree(foreign);
    server = spawn(process.execPath, [serverFile()], { stdio: ["pipe", "pipe", "inherit"] });
    const [port] = (await once(createInterface(server.stdout!), "line")) as [string];
    endpoint = `http://127.0.0.1:${port}`;
  });
  afterAll(() => {
    server?.stdin?.end();
    rmSync(project, { recursive: true, force: true });
  });

  /** Makes the demo's tree, and a config of it in a new folder. */
  const PLACES = {
    "a disk": demoTree,
    async S3(cwd: string) {
      const credentials = { accessKeyId: "id", secretAccessKey: "secret" };
      const options = { bucket: basename(cwd).toLowerCase(), region: "eu-central-1", endpoint, credentials };
      await demoTree(cwd, s3Storage(options));
      const config = demoConfig(`storage: s3Storage(${JSON.stringify(options)})`);
      writeFileSync(join(cwd, "bronzestore.config.ts"), config);
    },
  } as const;

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

  /** The program that has a pseudo-terminal, and runs one line in it. */
  function terminalFor(line: string, errors: string): [program: string, args: string[]] {
    const words = [process.execPath, main, ...wordsOf(line)].map(quoted).join(" ");
    const command = `stty cols ${COLUMNS} rows 50; exec ${words} 2>${quoted(errors)}`;
    if (spawnSync("script", ["--version"]).status === 0) return ["script", ["-qec", command, "/dev/null"]];
    const python = `import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(["sh", "-c", ${JSON.stringify(command)}])))`;
    return ["python3", ["-c", python]];
  }

  function inTerminal(line: string, cwd: string) {
    const errors = join(tempFolder(), "stderr");
    const [program, args] = terminalFor(line, errors);
    const { status, stdout, error } = spawnSync(program, args, { cwd, env: env(), encoding: "utf8" });
    if (error) throw error;
    const out = stdout.replaceAll("\r\n", "\n").replaceAll(cwd, "<tree>");
    const err = withoutProgress(readFileSync(errors, "utf8"));
    return { code: status, out, err: err.replaceAll(cwd, "<tree>") };
  }

  const lines = [
    ...COMMANDS,
    `sql odds_raw 2026-01-15 --as-of ${LOCK} --columns price --dialect duckdb --at data`,
    "--help",
    "show odds_raw 2026-01-15 --as-of 2026-01-15",
    "shwo",
  ];

  it("is asked every command", () => {
    const dashed = (name: string) => name.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
    const asked = [...lines, ...CHANGES].map((line) => line.split(" ")[0]!);
    for (const name of Object.keys(COMMAND_LIST)) expect([...asked, ...OTHERS]).toContain(dashed(name));
  });

  describe.each(Object.entries(PLACES))("on a tree on %s", (_, makeTree) => {
    let demo: string;
    beforeAll(async () => {
      demo = tempFolder();
      await makeTree(demo);
    });

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
        await makeTree(cwd);
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

    it("serves the page at a terminal until Ctrl-C", async () => {
      const [program, args] = terminalFor("ui", join(tempFolder(), "stderr"));
      const child = spawn(program, args, { cwd: demo, env: env(), stdio: ["pipe", "pipe", "inherit"] });
      const ended = once(child, "exit");
      const early = ended.then(([code]) => Promise.reject(new Error(`ui ended with ${code}`)));
      early.catch(() => {}); // once it has said its link, it may
      const link = once(createInterface(child.stdout), "line") as Promise<[string]>;
      const [url] = await Promise.race([link, early]);
      const { body } = await ask(`${new URL(url).origin}/day?date=2026-01-15`, {
        headers: await openLink(url),
      });
      const { datasets, days } = JSON.parse(body) as ReportData;
      expect(datasets.map(({ name }) => name)).toContain("odds_raw");
      expect(days[0]!.events.filter(({ isCutoff }) => !isCutoff)).toHaveLength(2); // the games of the schedule
      child.stdin.write("\u0003");
      expect(await ended).toEqual([0, null]);
    });
  });

  it.each([
    "ls",
    "show prices 2026-01-15",
    "show reference",
    "init --dry-run",
  ])("guesses a foreign tree: %s", async (line) => {
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

  it("ends quietly where its reader stops early", async () => {
    const demo = tempFolder();
    await demoTree(demo);
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
