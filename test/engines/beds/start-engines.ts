import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { installedPython } from "../../foreign-writers/make-files.js";

declare module "vitest" {
  interface ProvidedContext {
    /** A Python with pyspark and chdb, and a folder for what the engines leave. */
    readonly engines: { readonly python: string; readonly folder: string };
  }
}

/**
 * Installs the engines before the tests, in a folder that goes away with what runs there. `BRONZESTORE_ENGINES_PYTHON` is a Python
 * that has them already, in the versions of `test/foreign-writers/requirements.txt`.
 */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "bronzestore-engines-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const given = process.env.BRONZESTORE_ENGINES_PYTHON;
    const python = given ?? installedPython(join(folder, "python"), ["pyspark", "chdb"]);
    project.provide("engines", { python, folder });
  } catch (error) {
    remove();
    throw error;
  }
  return remove;
}
