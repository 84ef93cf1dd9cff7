/**
 * Questions as statements, for tools of one's own: what `bronze.sql`, `sqlJoinAsOf` and `sqlDiff` write for, and the plans that they
 * give.
 *
 * @packageDocumentation
 */
export { clickhouseCluster, dialects } from "./dialects.js";
export type * from "./plan.js";
