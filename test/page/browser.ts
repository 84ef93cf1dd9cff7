import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Where pictures of a run are kept; git ignores it. */
const pictures = fileURLToPath(new URL("screenshots/", import.meta.url));

/** A page in a browser, and all that it said or asked for. */
export interface Shown {
  readonly page: Page;
  /** Lines of the console, and errors that nothing caught. */
  readonly said: readonly string[];
  /** What was asked for besides the file itself. */
  readonly asked: readonly string[];
}

/** A browser, and one file that it opens, or a server. */
export class Viewer {
  readonly #browser: Browser;
  readonly #folder: string;

  private constructor(browser: Browser, folder: string) {
    this.#browser = browser;
    this.#folder = folder;
  }

  /** @param html the file; default: none, for who opens servers */
  static async start(html = ""): Promise<Viewer> {
    const executablePath = process.env.BRONZESTORE_CHROMIUM ?? "/usr/bin/chromium";
    // A container has no user whom the sandbox could be for; the page is ours.
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    const folder = mkdtempSync(join(tmpdir(), "bronzestore-page-"));
    writeFileSync(join(folder, "page.html"), html);
    return new Viewer(browser, folder);
  }

  /** @param link what stands behind the file's name: `#day=2026-10-31` */
  open(link = "", options: BrowserContextOptions = {}): Promise<Shown> {
    const address = `file://${join(this.#folder, "page.html")}`;
    return this.#visit(`${address}${link}`, address, options);
  }

  /** @param url the link that a server says */
  openServer(url: string, link = "", options: BrowserContextOptions = {}): Promise<Shown> {
    return this.#visit(`${url}${link}`, new URL(url).origin, options);
  }

  /** @param own how the addresses begin that may be asked */
  async #visit(url: string, own: string, options: BrowserContextOptions): Promise<Shown> {
    const context = await this.#browser.newContext({
      ...{
        viewport: { width: 1360, height: 900 },
        colorScheme: "light" as const,
        reducedMotion: "reduce" as const,
      },
      ...options,
    });
    const page = await context.newPage();
    const [said, asked]: [string[], string[]] = [[], []];
    page.on("console", (line) => said.push(line.text()));
    page.on("pageerror", (error) => said.push(String(error)));
    page.on("request", (request) => {
      const asks = request.url();
      if (!asks.startsWith(own) && !asks.startsWith("data:")) asked.push(asks);
    });
    await page.goto(url);
    await page.waitForSelector("footer");
    return { page, said, asked };
  }

  /** Keeps a picture of the whole page. */
  async picture(page: Page, name: string): Promise<void> {
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  }

  async close(): Promise<void> {
    await this.#browser.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
