import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { groups } from "./sidebar.js";

/**
 * Writes `llms.txt`, a list of all pages with what each is about, and `llms-full.txt`, all of them as one text.
 *
 * @param docs where the pages are
 * @param out where the site was built
 * @see https://llmstxt.org
 */
export function writeLlmsTexts(
  docs: string,
  out: string,
  about: { title: string; description: string },
): void {
  const head = `# ${about.title}\n\n> ${about.description}\n`;
  const lists: string[] = [];
  const texts: string[] = [];
  for (const { text, items } of groups()) {
    const lines = items.map((item) => {
      const page = readFileSync(join(docs, `${item.link}.md`), "utf8");
      texts.push(page.trim());
      return `- [${item.text}](${item.link.slice(1)}.html): ${firstSentence(page)}`;
    });
    lists.push(`## ${text}\n\n${lines.join("\n")}\n`);
  }
  lists.push(
    "## Optional\n\n- [API reference](api/index.html): every export, with its options, errors and examples\n",
  );
  writeFileSync(join(out, "llms.txt"), [head, ...lists].join("\n"));
  writeFileSync(join(out, "llms-full.txt"), `${[head.trim(), ...texts].join("\n\n")}\n`);
}

/** What a page is about: the first sentence below its title, without markup. */
function firstSentence(page: string): string {
  const below = page.replaceAll(/^```[\s\S]*?^```$/gm, "").replace(/^# .+$/m, "");
  const paragraph = /(?:^.+\n)+/m.exec(below)?.[0].replaceAll("\n", " ") ?? "";
  const plain = paragraph
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll("**", "")
    .trim();
  return /^.+?[.?!](?=\s|$)/.exec(plain)?.[0] ?? plain;
}
