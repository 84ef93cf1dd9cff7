/**
 * One HTML file that shows a store: what was captured, what was known at any moment, and why.
 *
 * @packageDocumentation
 */
export type { ReportEvent } from "./day-events.js";
export type { ReportCheck } from "./gather-checks.js";
export { type ReportOptions, report } from "./report.js";
