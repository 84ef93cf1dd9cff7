import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Options } from "tsup";
import parts from "../tsup.config.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * The package as it is published, without types, in a new folder: `node_modules/bronzestore` of it. The folder
 * lies inside the repository, so that the other packages are found, and is hidden, so that no tool takes it for source.
 */
export async function projectWithPackage(): Promise<string> {
  const project = mkdtempSync(join(root, ".readme-built-"));
  // Its own, or "bronzestore" would be the package whose folder it lies in.
  writeFileSync(join(project, "package.json"), '{ "private": true }');
  writeFileSync(join(project, "tsconfig.json"), "{}");
  const installed = join(project, "node_modules", "bronzestore");
  const dist = join(installed, "dist");
  mkdirSync(dist, { recursive: true });
  // A part that is types only would be built over the code of the same entry.
  const ofCode = (parts as Options[]).filter(({ dts }) => !(typeof dts === "object" && dts.only));
  for (const part of ofCode) {
    const outDir = join(installed, part.outDir ?? "dist");
    const here = { config: false, clean: false, dts: false, silent: true, outDir };
    await build({ ...part, ...here, onSuccess: undefined });
  }
  for (const entry of ["index.js", "index.cjs"])
    copyFileSync(join(root, "src/entry", entry), join(dist, entry));
  copyFileSync(join(root, "package.json"), join(installed, "package.json"));
  return project;
}
