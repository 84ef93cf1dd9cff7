import { gunzipSync } from "node:zlib";
import type { ReportData } from "../../src/report/page/data.js";

/** What a page holds. */
export function reportDataOf(html: string): ReportData {
  const [, packed] = /<script id="data"[^>]*>([^<]*)<\/script>/.exec(html)!;
  return JSON.parse(gunzipSync(Buffer.from(packed!, "base64")).toString());
}
