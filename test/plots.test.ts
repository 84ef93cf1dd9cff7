import { expect, it } from "vitest";
import { pageText, printedBy, programOfPage, saidToPrint } from "./run-page.js";

it("the page about plots is a program that prints what its comments say", async () => {
  const code = programOfPage(pageText("docs/plots.md"));
  const said = saidToPrint(code);
  expect(said.length).toBe(8);
  expect(await printedBy(code)).toEqual(said);
});
