/**
 * Looks at the site as it was built: every link and heading in it is there, it asks nothing of any other host to be read and
 * searched, every page is in the search index and in llms.txt.
 *
 * Run: `npm run docs`, which builds it first.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseHTML } from "linkedom";
import { groups } from "./sidebar.js";

const site = fileURLToPath(new URL("dist", import.meta.url));
const files = readdirSync(site, { recursive: true, encoding: "utf8" });
const pages = files.filter((name) => name.endsWith(".html") && name !== "404.html");
const wrong: string[] = [];

const idsOf = new Map<string, Set<string>>();
const linksOf = new Map<string, string[]>();
for (const page of pages) {
  const { document } = parseHTML(readFileSync(join(site, page), "utf8"));
  idsOf.set(page, new Set([...document.querySelectorAll("[id]")].map(({ id }) => id)));
  linksOf.set(
    page,
    [...document.querySelectorAll("a[href]")].map((link) => link.getAttribute("href")!),
  );
  for (const loaded of document.querySelectorAll("script[src], link[href], img[src]")) {
    const from = loaded.getAttribute("src") ?? loaded.getAttribute("href")!;
    if (/^(https?:)?\/\//.test(from)) wrong.push(`${page} loads ${from}`);
    else if (!from.startsWith("data:") && !existsSync(join(site, from.replace(/^\//, ""))))
      wrong.push(`${page} loads ${from}, which is not there`);
  }
}

let links = 0;
for (const [page, targets] of linksOf) {
  for (const target of targets) {
    if (/^(https?|mailto):/.test(target)) continue;
    links++;
    const [path = "", heading] = target.split("#").map(decodeURIComponent);
    const to =
      path === "" ? page : relative(site, join(site, path.startsWith("/") ? "" : dirname(page), path));
    const file = to === "" || path.endsWith("/") ? join(to, "index.html") : to;
    if (!idsOf.has(file) && !existsSync(join(site, file)))
      wrong.push(`${page} links to ${target}, which is not there`);
    else if (heading && !idsOf.get(file)?.has(heading))
      wrong.push(`${page} links to ${target}, which is no heading`);
  }
}

const index = files.find((name) => /localSearchIndexroot\..*\.js$/.test(name));
const searched = index === undefined ? "" : readFileSync(join(site, index), "utf8");
const llms = readFileSync(join(site, "llms.txt"), "utf8");
const own = groups().flatMap(({ items }) => items.map(({ link }) => link));
for (const link of own) {
  if (!searched.includes(`${link}.html`)) wrong.push(`${link} cannot be searched`);
  if (!llms.includes(`(${link.slice(1)}.html)`)) wrong.push(`${link} is not in llms.txt`);
}
for (const [, path] of llms.matchAll(/\]\((.+?)\)/g))
  if (!existsSync(join(site, path!))) wrong.push(`llms.txt names ${path}, which is not there`);

if (pages.length < 200 || links < 2_000 || own.length < 20)
  wrong.push(`only ${pages.length} pages, ${links} links and ${own.length} pages of docs were looked at`);
console.log(`The site has ${pages.length} pages; ${links} links in it were followed.`);
if (wrong.length > 0) {
  console.error([...new Set(wrong)].join("\n"));
  process.exitCode = 1;
}
