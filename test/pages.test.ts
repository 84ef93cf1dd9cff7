import { describe, expect, it } from "vitest";
import { namesInSource } from "./golden/names-in-source.js";
import { pageText, printedBy, programOfPage, saidToPrint } from "./run-page.js";

describe("pages of the documentation", () => {
  it.each([
    ["getting-started", 11],
    ["scale", 1],
  ])("%s: its blocks, one below the other, print what their comments say", async (page, lines) => {
    const code = programOfPage(pageText(`docs/${page}.md`));
    const said = saidToPrint(code);
    expect(said.length).toBe(lines);
    expect(await printedBy(code)).toEqual(said);
  });

  it("the format specification names every name that the library writes into files", () => {
    const named = [...pageText("docs/format.md").matchAll(/^\| `(bronzestore\.\w+)` \|/gm)].map(
      (match) => match[1]!,
    );
    expect(named.toSorted()).toEqual(namesInSource());
  });

  it("concepts has a picture for each thing it says it shows, with words for who cannot see it", () => {
    const pictures = [...pageText("docs/concepts.md").matchAll(/!\[(.+)\]\((pictures\/.+\.svg)\)/g)];
    expect(pictures.length).toBe(3);
    for (const [, words, path] of pictures) {
      expect(words!.length).toBeGreaterThan(60);
      expect(pageText(`docs/${path}`)).toMatch(/^<svg [^>]*role="img"><title>.+<\/title>/);
    }
  });
});
