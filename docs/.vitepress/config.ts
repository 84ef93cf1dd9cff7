import { defineConfig } from "vitepress";
import { writeLlmsTexts } from "./llms.js";
import { repositoryLinks } from "./repository-links.js";
import { sidebar } from "./sidebar.js";

const about = {
  title: "bronzestore",
  description: "Time travel over append-only Parquet history: what did we know at that moment?",
};

/** The documentation site: everything in `docs/`, and the API reference that typedoc writes to `docs/api/`. */
export default defineConfig({
  ...about,
  buildEnd: ({ srcDir, outDir }) => writeLlmsTexts(srcDir, outDir, about),
  lang: "en",
  cleanUrls: false, // opens from any web server, and from a folder
  lastUpdated: false,
  vite: { build: { chunkSizeWarningLimit: 4_000 } }, // the index of the search, which is loaded when it is first asked
  markdown: {
    config: (markdown) => repositoryLinks(markdown),
    theme: { light: "github-light", dark: "github-dark" },
  },
  themeConfig: {
    nav: [
      { text: "Get started", link: "/getting-started" },
      { text: "Concepts", link: "/concepts" },
      { text: "API", link: "/api/" },
    ],
    sidebar: sidebar(),
    outline: [2, 3],
    search: { provider: "local" },
    socialLinks: [{ icon: "github", link: "https://github.com/bronzestore/bronzestore" }],
  },
});
