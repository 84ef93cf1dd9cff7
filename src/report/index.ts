/**
 * A page that shows a store: what was captured, what was known at any moment, and why. As one HTML file, or served live.
 *
 * @packageDocumentation
 */
export type { ReportEvent } from "./day-events.js";
export type { ReportCheck } from "./gather-checks.js";
export { type ReportOptions, report } from "./report.js";
export { type ReportServer, type ServeOptions, serve } from "./server/serve.js";
