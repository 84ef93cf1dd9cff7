import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectWithPackage } from "../built-package.js";
import { expectAnswers, type Modules, program } from "./program.js";

describe("a program takes answers out in every form, with its own apache-arrow", () => {
  let project: string;
  beforeAll(async () => {
    project = await projectWithPackage();
  });
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it.each<[string, string | undefined, string[], string, Modules]>([
    ["deno, import", process.env.BRONZESTORE_DENO, ["run", "-A"], "deno.mjs", "import"],
    ["deno, require", process.env.BRONZESTORE_DENO, ["run", "-A"], "deno.cjs", "require"],
    ["bun, import", process.env.BRONZESTORE_BUN, ["run"], "bun.mjs", "import"],
    ["bun, require", process.env.BRONZESTORE_BUN, ["run"], "bun.cjs", "require"],
  ])("in %s", async (_, runtime, flags, name, modules) => {
    expect(runtime, "where the runtime is: BRONZESTORE_DENO, BRONZESTORE_BUN").toBeDefined();
    const out = mkdtempSync(join(project, "out-"));
    writeFileSync(join(project, name), program(modules));
    execFileSync(runtime!, [...flags, join(project, name), out], { cwd: project });
    await expectAnswers(out);
  });

  it.each([
    ["deno", process.env.BRONZESTORE_DENO, ["run", "-A"]],
    ["bun", process.env.BRONZESTORE_BUN, ["run"]],
  ] as const)("in %s, and is told of its reads", (name, runtime, flags) => {
    expect(runtime, "where the runtime is: BRONZESTORE_DENO, BRONZESTORE_BUN").toBeDefined();
    const out = mkdtempSync(join(project, "out-"));
    const file = join(project, `${name}-listens.mjs`);
    writeFileSync(file, `${LISTENS}${program("import")}`);
    const told = execFileSync(runtime!, [...flags, file, out], { cwd: project, encoding: "utf8" });
    expect(told.trim().split("\n")).toEqual(["read 2000", "readBronzeDay 2000", "joinAsOf 2000"]);
  });
});

const LISTENS = `
  import { tracingChannel } from "node:diagnostics_channel";
  tracingChannel("bronzestore:read").asyncEnd.subscribe(({ verb, result }) => console.log(verb, result.rows));
`;
