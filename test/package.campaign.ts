import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { tempFolders } from "./storage/temp-folder.js";

const tempFolder = tempFolders();
const root = fileURLToPath(new URL("..", import.meta.url));

/** What a user's program may name of the package. */
function entriesOf({ bin, exports, types }: Readonly<Record<string, unknown>>): string[] {
  const leaves = (value: unknown): string[] =>
    typeof value === "string" ? [value] : Object.values(value as object).flatMap(leaves);
  return [bin, exports, types].flatMap(leaves).map((path) => path.replace(/^\.\//, ""));
}

it("npm pack makes a package that has every entry, where nothing was built before", () => {
  const folder = tempFolder();
  const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: root,
    encoding: "utf8",
  });
  for (const path of tracked.split("\0").filter((path) => path !== "" && !path.startsWith("test/")))
    cpSync(join(root, path), join(folder, path));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));

  const said = execFileSync("npm", ["pack", "--json"], { cwd: folder, encoding: "utf8", stdio: "pipe" });
  const [packed] = JSON.parse(said) as [{ readonly files: readonly { readonly path: string }[] }];
  const entries = entriesOf(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));
  expect(entries).toContain("dist/cli/main.js");
  expect(packed.files.map(({ path }) => path)).toEqual(expect.arrayContaining(entries));
});
