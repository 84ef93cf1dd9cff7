import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

/**
 * Compares texts with the golden files in `test/golden/<folder>/`, by name and character by character; neither side may
 * have one that the other lacks.
 *
 * `BRONZESTORE_GOLDEN=write npx vitest run test/golden` writes the files instead. A run that writes has compared
 * nothing, so it fails whatever it finds: look at what git says has changed, then run without.
 */
export function expectGolden(folder: string, texts: ReadonlyMap<string, string>): void {
  const root = fileURLToPath(new URL(`./${folder}/`, import.meta.url));
  const { BRONZESTORE_GOLDEN: mode } = process.env;
  if (mode !== undefined) {
    expect(mode, "the one value that BRONZESTORE_GOLDEN takes").toBe("write");
    rmSync(root, { recursive: true, force: true });
    for (const [name, text] of texts) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    expect.unreachable(
      `test/golden/${folder}/ was written, and so not compared; run without BRONZESTORE_GOLDEN`,
    );
  }
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const golden = files.map(({ parentPath, name }) => {
    const path = join(parentPath, name);
    return [path.slice(root.length), readFileSync(path, "utf8")] as const;
  });
  expect(Object.fromEntries(texts)).toEqual(Object.fromEntries(golden));
}
