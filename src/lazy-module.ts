import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);

/**
 * Loads a dependency at first use, synchronously: apache-arrow alone takes longer to import than a day takes to read.
 * Node >= 20.19 can `require` an ES module and returns the same instance as `import`.
 */
export function requireFromHere(name: string): unknown {
  return require(name);
}

/** The same for a package that also ships CommonJS: loads its ES module, so that classes are those of user imports. */
export function requireEsm(name: string): unknown {
  return require(fileURLToPath(import.meta.resolve(name)));
}
