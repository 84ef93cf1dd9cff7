import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { ReportData } from "./page/data.js";

/** The code of the page, built. */
export interface PageCode {
  readonly js: string;
  readonly css: string;
}

/**
 * The policy of a page: its code and style are allowed by their hashes, and all else is refused; a live page may ask the server it came
 * from.
 */
export function policyOf({ js, css }: PageCode, isLive: boolean): string {
  return [
    "default-src 'none'",
    `script-src ${hashOf(js)}`,
    `style-src ${hashOf(css)}`,
    "img-src data:",
    ...(isLive ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** One file that asks nothing of anyone; unless it is live, of anyone but its own server. */
export function htmlOf(data: ReportData, code: PageCode): string {
  const { js, css } = code;
  const policy = policyOf(code, data.live !== null);
  const packed = gzipSync(JSON.stringify(data), { level: 9 }).toString("base64");
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="referrer" content="no-referrer">',
    `<title>${escaped(`${data.title}: bronzestore`)}</title><link rel="icon" href="${ICON}">`,
    `<style>${css}</style></head><body><div id="app"><p>The page needs JavaScript, which is in this file.</p></div>`,
    `<script id="data" type="application/gzip+base64">${packed}</script><script>${js}</script></body></html>\n`,
  ].join("");
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 30"><circle cx="15" cy="15" r="12" fill="none" stroke="#a5622a" stroke-width="4"/></svg>',
)}`;
