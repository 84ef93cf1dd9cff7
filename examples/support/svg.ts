import { writeFileSync } from "node:fs";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** Saves a plot as an SVG file of its own. Plot draws into a document, and outside of a browser there is none: linkedom makes one. */
export function saveSvg(path: string, { title, ...options }: Plot.PlotOptions & { title?: string }): void {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = Plot.plot({ ...options, document });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("style", "color: #222; background: white");
  if (title !== undefined) {
    const own = document.createElementNS("http://www.w3.org/2000/svg", "title");
    own.textContent = title;
    svg.prepend(own);
  }
  writeFileSync(path, svg.outerHTML);
}
