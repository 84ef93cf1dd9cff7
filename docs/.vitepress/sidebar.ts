import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DefaultTheme } from "vitepress";

const docs = fileURLToPath(new URL("..", import.meta.url));

interface Item {
  text: string;
  link: string;
}

interface Group {
  text: string;
  items: Item[];
}

/** The pages by what they are read for, in the order in which they are best read. */
const GROUPS: readonly { readonly text: string; readonly pages: readonly string[] }[] = [
  { text: "Start here", pages: ["getting-started", "concepts", "as-of", "glossary", "comparison"] },
  {
    text: "How to",
    pages: [
      "how-to/own-lake",
      "how-to/object-storage",
      "how-to/engines",
      "how-to/notebooks",
      "how-to/live-pipeline",
      "how-to/backtest",
      "how-to/leak-hunting",
    ],
  },
  {
    text: "In depth",
    pages: [
      "layout",
      "import",
      "joins",
      "formats",
      "plots",
      "survey",
      "page",
      "command-line",
      "gold",
      "leak-check",
      "retention",
      "runs",
      "object-storage",
      "engines",
      "scale",
      "versions-table",
      "telemetry",
    ],
  },
  { text: "On disk", pages: ["format", "manifest", "conformance"] },
  { text: "About", pages: ["performance", "architecture", "dependencies"] },
];

/** Every page has a place: one that no group names stands under "More". */
export function groups(): Group[] {
  const named = GROUPS.map(({ text, pages }) => ({ text, items: pages.filter(isThere).map(itemOf) }));
  const known = new Set(["index", ...GROUPS.flatMap(({ pages }) => pages)]);
  const more = readdirSync(docs, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !/^(api|\.vitepress)\//.test(name))
    .map((name) => name.slice(0, -3))
    .filter((page) => !known.has(page))
    .sort();
  return more.length > 0 ? [...named, { text: "More", items: more.map(itemOf) }] : named;
}

/** The same, and the API reference, as typedoc has written its list. */
export function sidebar(): DefaultTheme.SidebarItem[] {
  const list = `${docs}api/typedoc-sidebar.json`;
  const api = existsSync(list) ? (JSON.parse(readFileSync(list, "utf8")) as DefaultTheme.SidebarItem[]) : [];
  return [...groups(), { text: "API reference", collapsed: true, items: api }];
}

function isThere(page: string): boolean {
  return existsSync(`${docs}${page}.md`);
}

function itemOf(page: string): Item {
  return { text: titleOf(page), link: `/${page}` };
}

function titleOf(page: string): string {
  return /^# (.+)$/m.exec(readFileSync(`${docs}${page}.md`, "utf8"))![1]!.replaceAll("`", "");
}
