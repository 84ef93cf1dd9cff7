/**
 * Makes the pictures of the page that the README shows, from the tree of `npm run demo`: docs/pictures/page-light.webp and -dark.
 *
 * Run: `npx tsx test/page/make-pictures.ts`; it needs Chromium, as `npm run test:page` does
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { Viewer } from "./browser.js";

const project = fileURLToPath(new URL("../../", import.meta.url));
/** Down to the lanes: what the page is for. */
const VIEW = { width: 1280, height: 1010 };
/** Of 1: text stays clear. */
const QUALITY = 0.8;

const folder = mkdtempSync(join(tmpdir(), "bronzestore-pictures-"));
execFileSync(process.execPath, ["--import", import.meta.resolve("tsx"), join(project, "examples/demo.ts")], {
  cwd: folder,
  env: { ...process.env, TSX_TSCONFIG_PATH: join(project, "tsconfig.json") },
});
const viewer = await Viewer.start(readFileSync(join(folder, "demo-data/report.html"), "utf8"));
for (const colorScheme of ["light", "dark"] as const) {
  const { page } = await viewer.open("", { viewport: VIEW, colorScheme });
  const webp = await asWebp(page, await page.screenshot({ type: "png" }));
  writeFileSync(join(project, `docs/pictures/page-${colorScheme}.webp`), webp);
  console.log(`docs/pictures/page-${colorScheme}.webp: ${webp.length} bytes`);
}
await viewer.close();
rmSync(folder, { recursive: true });

/** The browser writes WebP, which screenshots are not; in a page of its own, for ours loads nothing. */
async function asWebp(page: Page, png: Buffer): Promise<Buffer> {
  const blank = await page.context().newPage();
  const url: string = await blank.evaluate(
    `(async () => {
      const bytes = await (await fetch("data:image/png;base64,${png.toString("base64")}")).blob();
      const picture = await createImageBitmap(bytes);
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [picture.width, picture.height];
      canvas.getContext("2d").drawImage(picture, 0, 0);
      return canvas.toDataURL("image/webp", ${QUALITY});
    })()`,
  );
  await blank.close();
  return Buffer.from(url.split(",")[1]!, "base64");
}
