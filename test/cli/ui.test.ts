import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { ask, listen, openLink } from "../report/ask-server.js";
import { tempFolders } from "../storage/temp-folder.js";
import { foreignTree } from "./trees.js";

const tempFolder = tempFolders();
const root = fileURLToPath(new URL("../..", import.meta.url));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** The command in a process of its own, once it has said its link. */
async function startUi() {
  const cwd = tempFolder();
  await foreignTree(cwd);
  const args = ["--import", import.meta.resolve("tsx"), `${root}src/cli/main.ts`, "ui", "prices"];
  const env = { ...process.env, TSX_TSCONFIG_PATH: `${root}tsconfig.json` };
  const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "ignore"] });
  children.push(child);
  const ended = once(child, "exit");
  const line = once(createInterface(child.stdout!), "line") as Promise<[string]>;
  const early = ended.then(([code]) =>
    Promise.reject(new Error(`ui ended with ${code} before it said its link`)),
  );
  early.catch(() => {}); // it may end later
  const [url] = await Promise.race([line, early]);
  return { child, ended, url };
}

describe("bronzestore ui", () => {
  it.each([
    "SIGINT",
    "SIGTERM",
  ] as const)("serves the page until %s, and then ends with 0, whoever still listens", async (signal) => {
    const { child, ended, url } = await startUi();
    const { origin } = new URL(url);
    const headers = await openLink(url);
    const { body } = await ask(`${origin}/overview`, { headers });
    expect(JSON.parse(body)).toMatchObject({ datasets: [{ name: "prices" }], live: 1 });
    const events = await listen(`${origin}/changes`, headers);
    expect(await events.next()).toBe("1");
    child.kill(signal);
    expect(await ended).toEqual([0, null]);
    expect(await events.next()).toBeUndefined();
  });
});
