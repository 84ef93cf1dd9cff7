import { dirname, join } from "node:path/posix";
import type { MarkdownRenderer } from "vitepress";

const REPOSITORY = "https://github.com/bronzestore/bronzestore/blob/main";

/** What pages link to outside of `docs/`, and their schemas, are files of the repository: on the site, too. */
export function repositoryLinks(markdown: MarkdownRenderer): void {
  const render = markdown.renderer.rules.link_open;
  markdown.renderer.rules.link_open = (tokens, index, options, env, self) => {
    const token = tokens[index]!;
    const target = token.attrGet("href") ?? "";
    if (!/^(https?:|#|mailto:)/.test(target)) {
      const path = join("docs", dirname(env.relativePath as string), target);
      if (!path.startsWith("docs/") || /\.json(#|$)/.test(path))
        token.attrSet("href", `${REPOSITORY}/${path}`);
    }
    return render ? render(tokens, index, options, env, self) : self.renderToken(tokens, index, options);
  };
}
