// The page's code as text. A build puts the text itself in place of this file; from source it is made when it is asked for.
import { fileURLToPath } from "node:url";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** @type {Promise<{ js: string, css: string }> | undefined} */
let made;

export function pageCode() {
  made ??= makePage();
  return made;
}

async function makePage() {
  const { build } = await import("esbuild");
  const options = {
    bundle: true,
    minify: true,
    write: false,
    target: "es2022",
    legalComments: "none",
  };
  const [code, style] = await Promise.all([
    build({
      ...options,
      entryPoints: [here("main.tsx")],
      format: "iife",
      jsx: "automatic",
      jsxImportSource: "preact",
      define: { "process.env.NODE_ENV": '"production"' },
    }),
    build({ ...options, entryPoints: [here("style.css")] }),
  ]);
  // Neither may end the element it stands in.
  const js = code.outputFiles[0].text.trim().replaceAll("</script", "<\\/script");
  return { js, css: style.outputFiles[0].text.trim() };
}
