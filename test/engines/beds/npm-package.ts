import { runToEnd } from "../../foreign-writers/make-files.js";

/** Gets a package of npm's registry, `name@version`, into a folder of its own. @throws Error that says what is missing */
export function installPackage(folder: string, spec: string): void {
  const quiet = ["--no-save", "--no-audit", "--no-fund"];
  runToEnd(`npm cannot install ${spec}`, "npm", ["install", "--prefix", folder, ...quiet, spec]);
}
