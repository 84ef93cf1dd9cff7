import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectWithPackage } from "../built-package.js";
import { ANSWERS, arrowProgram, expectAnswer, type Modules } from "./arrow-program.js";

describe("toArrow() gives a table of the program's own apache-arrow", () => {
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
  ])("in %s", (_, runtime, flags, name, modules) => {
    expect(runtime, "where the runtime is: BRONZESTORE_DENO, BRONZESTORE_BUN").toBeDefined();
    const out = mkdtempSync(join(project, "out-"));
    writeFileSync(join(project, name), arrowProgram(modules));
    execFileSync(runtime!, [...flags, join(project, name), out], { cwd: project });
    for (const answer of ANSWERS) expectAnswer(readFileSync(join(out, `${answer}.arrow`)));
  });
});
