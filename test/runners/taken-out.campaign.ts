import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectWithPackage } from "../built-package.js";
import { expectAnswers, type Modules, program } from "./program.js";

// A table made by one copy of apache-arrow and written by another is a file that nobody can read, without an error. So
// each way to run a program must hand out the program's own copy, and another reader must find every cell.
describe("a program takes answers out in every form, with its own apache-arrow", () => {
  let project: string;
  beforeAll(async () => {
    project = await projectWithPackage();
  });
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  const tsx = [fileURLToPath(import.meta.resolve("tsx/cli"))];

  it.each<[string, string, Modules, string[]]>([
    ["node, import", "program.mjs", "import", []],
    ["node, require", "program.cjs", "require", []],
    ["tsx, import", "program.mts", "import", tsx],
    ["tsx, require", "required.ts", "require", tsx],
    ["tsx, import compiled to require", "compiled.ts", "import", tsx],
  ])("in %s", async (_, name, modules, flags) => {
    writeFileSync(join(project, name), program(modules));
    await expectWritten((out) =>
      execFileSync(process.execPath, [...flags, join(project, name), out], { cwd: project }),
    );
  });

  it("in a bundle that esbuild made of the program, the library and apache-arrow", async () => {
    const entry = join(project, "to-bundle.mjs");
    writeFileSync(entry, program("import"));
    const outfile = join(project, "bundle.mjs");
    const banner = {
      js: 'import { createRequire as make } from "node:module"; const require = make(import.meta.url);',
    };
    await build({
      ...{ entryPoints: [entry], outfile, banner, logLevel: "error" },
      ...{ bundle: true, platform: "node", format: "esm", target: "node20", external: ["koffi"] },
    });
    await expectWritten((out) => execFileSync(process.execPath, [outfile, out]));
  });

  it("in vitest", async () => {
    const config = join(project, "vitest.config.mjs");
    writeFileSync(config, 'export default { test: { include: ["*.spec.mjs"], testTimeout: 120000 } };');
    // Its own main() is not awaited, so the test waits for what it writes.
    const own = program("import").replace("main().catch(", "export default main().catch(");
    writeFileSync(join(project, "in-vitest.mjs"), own.replace("process.argv[2]", "process.env.OUT"));
    writeFileSync(
      join(project, "program.spec.mjs"),
      'import { it } from "vitest"; it("writes", async () => { await (await import("./in-vitest.mjs")).default; });',
    );
    const vitest = fileURLToPath(import.meta.resolve("vitest/package.json")).replace(
      "package.json",
      "vitest.mjs",
    );
    await expectWritten((OUT) =>
      execFileSync(process.execPath, [vitest, "run", "--root", project, "--config", config], {
        env: { ...process.env, OUT },
      }),
    );
  });

  it("and takes the program's word, where it took the library in both ways", async () => {
    const both = join(project, "both.cjs");
    writeFileSync(
      both,
      `${program("require").replace(/(toArrow|toIPC)\(\)/g, '$1(process.env.HANDED ? require("apache-arrow") : undefined)')}`.replace(
        "async function main() {",
        'async function main() { await import("bronzestore");',
      ),
    );
    expect(() => execFileSync(process.execPath, [both, project], { stdio: "pipe" })).toThrow(
      "INVALID_ARGUMENT",
    );
    await expectWritten((out) =>
      execFileSync(process.execPath, [both, out], { env: { ...process.env, HANDED: "1" } }),
    );
  });

  async function expectWritten(run: (out: string) => void): Promise<void> {
    const out = mkdtempSync(join(project, "out-"));
    run(out);
    await expectAnswers(out);
  }
});
