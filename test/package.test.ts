import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Links of a page to what is neither on the web nor in `files`: its own headings apart, a path from the page's folder. */
function deadLinks(page: string, text: string, files: readonly string[]): string[] {
  const targets = [...text.matchAll(/\]\(<?([^)\s>]+)>?[^)]*\)/g)].map((match) => match[1]!);
  return targets
    .filter((target) => !/^(?:https?:|mailto:|#)/.test(target))
    .map((target) => normalize(join(dirname(page), target.replace(/#.*/, ""))).replace(/\/$/, ""))
    .filter((path) => !files.some((file) => file === path || file.startsWith(`${path}/`)))
    .map((path) => `${page}: ${path}`);
}

describe("the package", () => {
  let files: string[];
  beforeAll(() => {
    const argv = ["pack", "--dry-run", "--json", "--ignore-scripts"];
    const [packed] = JSON.parse(execFileSync("npm", argv, { cwd: root, encoding: "utf8" }));
    files = packed.files.map(({ path }: { path: string }) => path);
  });

  it("holds whatever its README, its docs and its other pages link to", () => {
    const pages = files.filter((file) => file.endsWith(".md"));
    expect(pages).toEqual(expect.arrayContaining(["README.md", "docs/as-of.md", "bench/README.md"]));
    expect(pages.flatMap((page) => deadLinks(page, readFileSync(join(root, page), "utf8"), files))).toEqual(
      [],
    );
  });

  it.each([
    ["README.md", "[a](src/index.ts)", ["README.md: src/index.ts"]],
    [
      "docs/as-of.md",
      "[a](../bench/main.ts#x) and [b](gone.md)",
      ["docs/as-of.md: bench/main.ts", "docs/as-of.md: docs/gone.md"],
    ],
    ["docs/as-of.md", "[a](../examples/live), [b](#here), [c](https://example.com/x), [d](gold.md#e)", []],
  ])("would be told of links that lead out of it: %s with %s", (page, text, dead) => {
    expect(deadLinks(page, text, files)).toEqual(dead);
  });

  it("holds no source of the library, no test, and nothing made here but the build", () => {
    const folders = new Set(files.filter((file) => file.includes("/")).map((file) => file.split("/")[0]!));
    expect([...folders].filter((name) => name !== "dist").sort()).toEqual([
      "bench",
      "docs",
      "examples",
      "fixtures",
    ]);
    expect(files.filter((file) => /^docs\/api\/|^bench\/(?!README)|\.tgz$/.test(file))).toEqual([]);
  });
});

describe("the workflows", () => {
  const folder = join(root, ".github/workflows");
  const texts = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")] as const);

  it.each(texts)("%s pins every action to a commit, and holds no secret", (_, text) => {
    const used = [...text.matchAll(/uses: (.*)/g)].map((match) => match[1]!);
    expect(used.length).toBeGreaterThan(0);
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    expect(text).not.toContain("secrets.");
  });

  it("run what runs here, by names that there are", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    for (const [, text] of texts) {
      for (const [, script] of text.matchAll(/npm run ([\w:]+)/g)) expect(scripts).toHaveProperty([script!]);
      expect(text).toContain("run: .ci/run\n");
    }
    expect(existsSync(join(root, ".ci/run"))).toBe(true);
  });
});
